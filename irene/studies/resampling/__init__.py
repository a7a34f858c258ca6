"""What conversions of the sample rate keep, stop and cost."""
