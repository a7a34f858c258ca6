"""Finding the sentence that was meant when none fits."""
