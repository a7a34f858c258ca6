"""The voice trigger slot: wake words, words that stop the assistant, and many streams at once."""
