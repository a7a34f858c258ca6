"""Where model files are."""
