"""Speaking: from answers to sound."""
