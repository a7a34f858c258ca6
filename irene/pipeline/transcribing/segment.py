"""What a transcription consists of: stretches of speech with what is said in them."""

from __future__ import annotations

from dataclasses import dataclass

from irene.domain.audio import AudioChunk
from irene.domain.speech import Word


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech without a long pause, and what is said in it."""

    start_s: float
    """seconds of the recording at which its audio begins, pre-roll included"""
    end_s: float
    """seconds of the recording at which its audio ends"""
    text: str
    """never empty"""
    words: tuple[Word, ...]
    """with times in seconds of the recording; empty where the engine gives none"""
    language: str | None
    """BCP 47 tag, where the engine says one"""
    provider: str
    """name of the provider that recognised it"""


@dataclass(frozen=True)
class Piece:
    """What is recognised in one go."""

    clip: AudioChunk
    language: str | None
    """BCP 47 tag, where it was identified"""
