"""Intent recognisers."""
