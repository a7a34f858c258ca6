"""Looking over a whole installation: what is well, what is not, and what cures it."""
