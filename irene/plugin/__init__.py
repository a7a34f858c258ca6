"""How plugins are found and what they offer."""
