"""Documented names of the tuning guide: re-exports only."""
