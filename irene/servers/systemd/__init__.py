"""What systemd is told about a run that it supervises."""
