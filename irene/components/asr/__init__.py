"""The speech recognition slot."""
