"""Bringing configurations of earlier forms up to date, comments and all."""
