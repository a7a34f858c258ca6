"""Names of the tuning guide: re-exports only."""
