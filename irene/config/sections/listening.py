"""Sections of what listens: wake words, voice activity, speech recognition, language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from irene.config.sections.audio import AudioSection, Quality
from irene.config.sections.limits import (
    HOLD_MS,
    LANGUAGE,
    MEMORY_MB,
    NOT_NEGATIVE,
    RISE_DB,
    SHARE,
    TIME_MS,
    TIMEOUT_MS,
)


@dataclass(frozen=True, kw_only=True)
class VoiceTriggerSection(AudioSection):
    """The wake word: what the assistant waits for; disabled, every utterance is for it."""

    default_provider: str = "microwakeword"
    """wake-word engine"""
    fallback_providers: tuple[str, ...] = ("openwakeword",)
    """engines that stand in, in this order"""
    resample_quality: Quality = "fast"
    """how carefully audio is converted, at least; wake words need little"""
    wake_words: tuple[str, ...] = ("hey_jarvis",)
    """wake words that are listened for, all at once"""
    stop_words: tuple[str, ...] = ()
    """phrases that stop the assistant while it speaks or rings, without the wake word"""
    stop_provider: str = "pocketsphinx"
    """wake-word engine that hears the stop words"""
    confidence_threshold: float | Mapping[str, float] | None = field(
        default=None, metadata={**SHARE, "example": 0.7}
    )
    """score (0 to 1) at which a wake word counts as heard: one for all, or a table with one for
    each word; the engine's own unless given"""
    refractory_ms: int = field(default=2000, metadata=TIME_MS)
    """time after a wake word in which it is not heard again"""
    gate_db: float = field(default=6.0, metadata=RISE_DB)
    """how far sound must rise above the noise before the engine is fed; 0 feeds it always"""
    gate_hold_ms: int = field(default=1500, metadata=HOLD_MS)
    """time for which the engine is still fed when it has become quiet again"""
    pre_roll_ms: int = field(default=1000, metadata=TIME_MS)
    """audio from before the sound rose that the engine is fed first"""

    def __post_init__(self) -> None:
        """Refuse a voice trigger that could never be triggered."""
        if self.enabled and not self.wake_words:
            raise ValueError(
                "wake_words is empty: name one, or set voice_trigger.enabled = false "
                "to take every utterance"
            )


@dataclass(frozen=True, kw_only=True)
class VadSection(AudioSection):
    """Endpointing: where an utterance begins and ends, in milliseconds of audio."""

    default_provider: str = "silero"
    """voice activity detector"""
    fallback_providers: tuple[str, ...] = ("energy",)
    """detectors that stand in, in this order"""
    resample_quality: Quality = "fast"
    """how carefully audio is converted, at least; speech detection needs little"""
    threshold: float = field(default=0.5, metadata=SHARE)
    """speech probability (0 to 1) from which a window counts as speech"""
    threshold_end: float = field(default=0.35, metadata=SHARE)
    """speech probability (0 to 1) below which a window counts as silence"""
    onset_ms: int = field(default=96, metadata=TIME_MS)
    """speech that it takes to begin an utterance"""
    end_silence_ms: int = field(default=700, metadata=TIME_MS)
    """silence that ends an utterance"""
    pre_roll_ms: int = field(default=300, metadata=TIME_MS)
    """audio from before the speech that belongs to the utterance"""
    min_speech_ms: int = field(default=200, metadata=TIME_MS)
    """shortest speech that counts as an utterance"""
    max_utterance_ms: int = field(default=15000, metadata=TIMEOUT_MS)
    """longest utterance; what is spoken on is cut off"""

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other."""
        if self.threshold_end > self.threshold:
            raise ValueError(
                f"threshold_end {self.threshold_end:g} is above threshold {self.threshold:g}"
            )
        if self.min_speech_ms >= self.max_utterance_ms:
            raise ValueError(
                f"min_speech_ms {self.min_speech_ms} is not below "
                f"max_utterance_ms {self.max_utterance_ms}"
            )


@dataclass(frozen=True, kw_only=True)
class AsrSection(AudioSection):
    """Speech recognition."""

    default_provider: str = "pocketsphinx"
    """speech recogniser"""
    resample_quality: Quality = "high"
    """how carefully audio is converted, at least; recognition profits from the full band"""
    language: str | None = field(default=None, metadata={**LANGUAGE, "example": "en"})
    """language that is spoken, as a BCP 47 tag; the assistant's unless given"""
    grammar: Literal["auto", "only", "off"] = "auto"
    """whether the sentences that can be understood guide recognition: auto (what is none of them
    is recognised freely), only (what is none of them is not recognised), off"""
    grammar_joins: bool = False
    """whether they may be joined by "and": several commands in one breath are heard better then,
    and other talk is more often taken for commands"""
    partials: bool = True
    """whether hypotheses are reported while a person still speaks"""
    cache_size: int = field(default=0, metadata=NOT_NEGATIVE)
    """transcripts that are kept for recordings that come again; 0 keeps none. What is spoken live
    never comes again"""
    keep_failed: int = field(default=100, metadata=NOT_NEGATIVE)
    """utterances that no recogniser could recognise and that are kept in the state folder, for
    `irene transcribe --pending`; 0 keeps none. The oldest go first"""
    keep_failed_mb: float = field(default=50.0, metadata=MEMORY_MB)
    """disk space for them, 10^6 bytes"""


@dataclass(frozen=True, kw_only=True)
class LanguageSection(AudioSection):
    """Identification of the language that is spoken; the answer comes in the same one."""

    enabled: bool = False
    """whether the language is identified"""
    default_provider: str = "whisper"
    """identifier of languages"""
    resample_quality: Quality = "high"
    """how carefully audio is converted, at least; as for asr, both hear the same and one pass of an
    encoder serves both"""
    languages: tuple[str, ...] = ()
    """languages that may be spoken, as BCP 47 tags; others are taken for one of these"""
    default: str | None = field(default=None, metadata={**LANGUAGE, "example": "en"})
    """language that is spoken until another one is identified; the assistant's unless given"""
    recognisers: Mapping[str, str] = field(default_factory=dict)
    """speech recogniser of each language, such as `de = "vosk-de"`: the name of a table
    `[asr.providers.NAME]`; those of asr itself otherwise"""
    parallel: bool = True
    """whether the language is identified while somebody speaks, as a recogniser works in the one
    that was spoken before and begins again if it is another; if not, it begins when the language is
    known"""
    wait_ms: int = field(default=1500, metadata=TIMEOUT_MS)
    """longest wait for the language after the end of speech; then it is the one of before"""
    threshold: float = field(default=0.6, metadata=SHARE)
    """probability (0 to 1) from which on another language may be the one that is spoken"""
    threshold_end: float = field(default=0.4, metadata=SHARE)
    """probability (0 to 1) below which it was not, after all"""
    min_dwell_ms: int = field(default=500, metadata=TIME_MS)
    """speech in another language before it counts as the one that is spoken"""
    expected_dwell_ms: int = field(default=3000, metadata=TIMEOUT_MS)
    """how long one language of a recording is spoken on average; the longer, the surer another one
    has to be"""
    encoder_cache_size: int = field(default=50, metadata=NOT_NEGATIVE)
    """windows whose encoder outputs are kept, for every provider of the assistant; 0 keeps none"""
    encoder_cache_mb: float = field(default=128.0, metadata=MEMORY_MB)
    """memory for them, 10^6 bytes"""

    def __post_init__(self) -> None:
        """Refuse languages that nothing could be identified as, and limits that contradict."""
        for language in (*self.languages, *self.recognisers):
            if not re.match(str(LANGUAGE["pattern"]), language):
                raise ValueError(f"{language!r} is no language: use {LANGUAGE['takes']}")
        if self.threshold_end > self.threshold:
            raise ValueError(
                f"threshold_end {self.threshold_end:g} is above threshold {self.threshold:g}"
            )
        if self.enabled and len(self.languages) < 2:
            raise ValueError('languages: name two or more, such as ["en", "de"]')
        absent = [one for one in self.recognisers if one not in self.languages]
        if self.enabled and absent:
            raise ValueError(f"recognisers.{absent[0]}: languages does not name it")
