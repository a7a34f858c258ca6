"""Results that are worth keeping."""
