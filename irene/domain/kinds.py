"""The kinds of provider: one for every slot of the assistant."""

from __future__ import annotations

from enum import Enum


class Kind(str, Enum):
    """A slot of the assistant; its value is the name of the TOML section that fills it."""

    VOICE_TRIGGER = "voice_trigger"
    ECHO_CANCELLATION = "echo_cancellation"
    VAD = "vad"
    ASR = "asr"
    LANGUAGE = "language"
    TTS = "tts"
    RESAMPLING = "resampling"
    INTENT_RECOGNITION = "intent_recognition"
    INTENTS = "intents"
    INPUT = "inputs"
    OUTPUT = "outputs"

    def __str__(self) -> str:
        return self.value
