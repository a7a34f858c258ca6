"""What was measured, as somebody wants to see it: figures, each with where it comes from."""
