"""Who is told how an utterance goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from irene.domain.speech import Hypothesis


@dataclass
class Told:
    """Functions that are called on the threads of an utterance; by default nobody is told."""

    partial: Callable[[Hypothesis], None] = lambda partial: None
    """takes partial hypotheses of the recogniser that leads"""
    again: Callable[[], None] = lambda: None
    """called before what was no sentence of the grammar is recognised again, freely"""
    lost: Callable[[], None] = lambda: None
    """called when every recogniser has failed, while the audio is still there"""
