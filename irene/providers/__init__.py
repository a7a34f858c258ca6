"""What a provider must be: one contract for every kind."""
