"""Whisper models: the provider on openai-whisper, and what every engine for them shares."""
