"""What it costs to listen: the whole assistant, and the framework alone."""
