"""Where an arena pays: strategies compared on recorded allocations."""
