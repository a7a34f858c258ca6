"""Builds a small, real Whisper model of commands in four languages from the speech of eSpeak NG."""
