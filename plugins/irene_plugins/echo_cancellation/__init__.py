"""Bundled echo cancellers."""
