"""How much a model is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """What is spoken, and how long the network learns from it."""

    n_english: int
    """renderings of each English command"""
    n_others: int
    """renderings of each command of another language"""
    n_strange: int
    """clips in each language of words that are no commands"""
    n_steps: int
    """batches of parts of windows"""
    n_whole_steps: int
    """batches of whole windows, after those"""
    n_renderings: int = 3
    """of each command, that the finished model is measured with; 0: of every sixteenth, once"""
    seed: int = 6
    """of everything that is drawn"""


FULL = Plan(80, 100, 300, n_steps=2400, n_whole_steps=150)
QUICK = Plan(4, 4, 6, n_steps=6, n_whole_steps=2, n_renderings=0)
