"""Intent handlers."""
