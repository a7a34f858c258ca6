"""Ways for other programs to reach a running assistant."""
