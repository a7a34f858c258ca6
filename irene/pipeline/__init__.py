"""One conversation, in order."""
