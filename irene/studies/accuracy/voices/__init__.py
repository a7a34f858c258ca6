"""What recognisers make of synthetic voices: commands and other speech, by accent and grammar."""
