"""Whisper models on CTranslate2: the provider on faster-whisper."""
