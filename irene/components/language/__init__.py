"""Spoken language: which one somebody speaks, and where it changes."""
