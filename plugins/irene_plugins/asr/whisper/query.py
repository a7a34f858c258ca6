"""What an engine for Whisper models is asked about a window of audio."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from irene import Samples
from irene_plugins.asr.whisper.guards import Guards
from irene_plugins.asr.whisper.passages import Passage


@dataclass(frozen=True)
class Effort:
    """How hard a decoder tries."""

    temperatures: tuple[float, ...] = (0.0,)
    """tried one after the other while the text is doubtful"""
    beam_size: int = 1
    """texts that are followed at the same time at temperature 0"""
    guards: Guards = field(default_factory=Guards)
    """what makes a text doubtful"""


@dataclass(frozen=True)
class Query:
    """How a window of audio is to be recognised."""

    language: str | None = None
    """code of Whisper, such as `de`; None: the model finds it out"""
    prompt: str = ""
    """what the model takes for text that comes before; of a longer one its end counts"""
    word_times: bool = True
    """whether words are wanted with their times"""
    in_words: bool = False
    """whether numbers and units are to be written in words, as a grammar has them: `five`"""
    effort: Effort = field(default_factory=Effort)
    """how hard the decoder tries"""


class WindowEngine(Protocol):
    """An engine that recognises windows, whichever library is inside; safe in threads."""

    def recognise(self, samples: Samples, query: Query) -> Passage:
        """Return what is said in a window.

        Args:
            samples: float32 from -1 to 1 at 16 kHz, shape (n,), up to 30 s.
            query: how.
        """
