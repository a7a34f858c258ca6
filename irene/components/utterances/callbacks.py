"""What is called while an utterance is recognised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from irene.domain.speech import Hypothesis


@dataclass
class UtteranceCallbacks:
    """Functions that are called on the threads of one utterance; by default none does anything."""

    partial: Callable[[Hypothesis], None] = lambda partial: None
    """takes the partial hypotheses of the recogniser that is listened to now"""
    again: Callable[[], None] = lambda: None
    """called before speech that fits no sentence of the grammar is recognised again without it"""
    lost: Callable[[], None] = lambda: None
    """called when every recogniser has failed, while the audio is still there"""
