"""What an assistant measured, in one SQLite file that outlives it."""
