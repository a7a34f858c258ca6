"""Listening: from input audio to commands."""
