"""Answering: from what was said to what is told, and what is remembered."""
