"""What `irene replay` finds and prints."""
