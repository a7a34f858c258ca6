"""What memory costs that is asked for anew, lent, kept or given back."""
