"""Listening to many streams at once for wake words, with shared engines."""
