"""Sample rate converters."""
