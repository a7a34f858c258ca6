"""Identifiers of spoken languages."""
