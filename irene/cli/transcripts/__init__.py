"""What `irene transcribe` runs and prints."""
