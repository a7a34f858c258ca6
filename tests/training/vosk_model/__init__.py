"""Builds a small, real Vosk model of English commands from the speech of eSpeak NG."""
