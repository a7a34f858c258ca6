"""Measuring how long something takes, beside what else could be used, and whether to believe it."""
