"""Reading, checking and explaining the configuration."""
