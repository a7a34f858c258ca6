"""How long things took and how often they happened."""
