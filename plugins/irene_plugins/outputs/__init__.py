"""Where the voice goes."""
