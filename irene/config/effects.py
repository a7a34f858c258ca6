"""What it takes to apply a key of the configuration to an assistant that runs."""

from __future__ import annotations

from enum import Enum


class Effect(Enum):
    """How a changed key comes into force."""

    LIVE = "live"
    """no engine is touched: it holds from the next utterance, sentence or request on"""
    REBUILD = "rebuild"
    """its part is made anew; engines with the same options are kept, others are loaded"""
    RESTART = "restart"
    """only the next start takes it over"""


_BY_SECTION = {
    "assistant": Effect.RESTART,
    "voice_trigger": Effect.REBUILD,
    "vad": Effect.REBUILD,
    "asr": Effect.REBUILD,
    "language": Effect.REBUILD,
    "tts": Effect.REBUILD,
    "intent_recognition": Effect.REBUILD,
    "intents": Effect.REBUILD,
    "inputs": Effect.RESTART,
    "outputs": Effect.REBUILD,
    "sounds": Effect.LIVE,
    "audio": Effect.RESTART,
    "echo_cancellation": Effect.REBUILD,
    "resampling": Effect.REBUILD,
    "memory": Effect.LIVE,
    "performance": Effect.RESTART,
    "logging": Effect.RESTART,
    "recorder": Effect.LIVE,
    "plugins": Effect.RESTART,
}
"""what a key without a line of its own takes: its part is made anew from the whole section, or
nothing is promised"""

_BY_KEY = {
    **dict.fromkeys(
        (
            "assistant.watch",
            "assistant.memory_limit_mb",
            "assistant.no_speech_timeout_ms",
            "assistant.load_timeout_ms",
            "assistant.hang_timeout_ms",
            "assistant.transcribe_timeout_ms",
            "assistant.intent_timeout_ms",
            "assistant.response_timeout_ms",
            "assistant.follow_up",
            "assistant.follow_up_timeout_ms",
            "assistant.conversation_timeout_ms",
            "assistant.drain_ms",
            "assistant.apology",
            "voice_trigger.wake_words",
            "voice_trigger.confidence_threshold",
            "voice_trigger.refractory_ms",
            "voice_trigger.gate_db",
            "voice_trigger.gate_hold_ms",
            "voice_trigger.pre_roll_ms",
            "vad.threshold",
            "vad.threshold_end",
            "vad.onset_ms",
            "vad.end_silence_ms",
            "vad.pre_roll_ms",
            "vad.min_speech_ms",
            "vad.max_utterance_ms",
            "asr.grammar",
            "asr.grammar_joins",
            "asr.partials",
            "asr.cache_size",
            "tts.voice",
            "tts.rate",
            "tts.pitch",
            "tts.volume",
            "tts.normalize",
            "tts.sentence_pause_ms",
            "tts.cache_max_mb",
            "intents.sentences",
            "intents.lists",
            "intents.context",
            "resampling.cache_size",
            "resampling.cache_max_mb",
            "performance.alerts",
            "performance.default_alerts",
            *(
                f"{section}.{key}"
                for section in ("voice_trigger", "vad", "asr")
                for key in (
                    *("sample_rate", "channels", "resample_quality", "allow_resampling"),
                    *("strict_validation", "parallel_processing"),
                )
            ),
        ),
        Effect.LIVE,
    ),
    "assistant.language": Effect.REBUILD,
    "audio.echo": Effect.REBUILD,
}


def effect_of(key: str) -> Effect:
    """Return what it takes to apply a dotted key; keys below it, as of a table, take the same.

    Raises:
        KeyError: there is no such section.
    """
    parts = key.split(".")
    return _BY_KEY.get(".".join(parts[:2])) or _BY_SECTION[parts[0]]
