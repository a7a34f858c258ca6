"""The handler that asks a language model."""
