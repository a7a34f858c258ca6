"""Another configuration for an assistant that runs, without a gap in what it hears."""
