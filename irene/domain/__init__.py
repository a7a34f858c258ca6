"""What irene talks about: audio, speech, intents, events."""
