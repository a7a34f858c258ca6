"""The handler that speaks with Home Assistant."""
