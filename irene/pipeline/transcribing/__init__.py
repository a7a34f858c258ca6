"""Transcribing recordings: from files to segments of text, in memory that does not grow."""
