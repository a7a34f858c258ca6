"""What every provider has to keep: one suite of checks for each kind, run by pytest or by irene."""
