"""Figures of a running assistant: what its events tell, and what its parts count for themselves."""
