"""Talking to other programs, and the handlers that only do that."""
