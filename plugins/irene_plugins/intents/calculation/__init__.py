"""Units and sums, computed exactly."""
