"""How much a model is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """What is spoken, and how long the network learns from it."""

    n_clips: int
    """texts that are spoken"""
    hidden: int
    """channels of each layer"""
    n_epochs: int
    """times that every clip is heard"""
    realign_after: tuple[int, ...]
    """numbers of epochs after which the network decides anew which state is heard when"""
    seed: int = 6
    """of everything that is drawn"""


FULL = Plan(n_clips=5500, hidden=128, n_epochs=12, realign_after=(2, 5, 8))
QUICK = Plan(n_clips=1000, hidden=96, n_epochs=8, realign_after=(2, 4))
