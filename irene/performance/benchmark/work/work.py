"""One part of an assistant that does its work again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from irene.components.chain.candidate import Candidate
from irene.performance.speech.word_errors import WordErrors
from irene.providers.provider import Provider


@dataclass(frozen=True)
class Outcome:
    """What one call brought, beside the time that it took."""

    made_s: float = 0.0
    """audio that it made, seconds"""
    errors: WordErrors | None = None
    """word errors of what it heard; None where it is not known what is said"""
    further: Mapping[str, float] = field(default_factory=dict)
    """other figures; their names end with the unit"""


NOTHING = Outcome()


def _nothing() -> None:
    """Do what a part without an engine has to do."""


@dataclass(frozen=True)
class Work:
    """What is repeated; everything blocks, and may raise whatever an engine raises."""

    component: str
    provider: str
    """name of its table; empty for what is no provider"""
    what: str
    """what one call is, in words"""
    call: Callable[[int], Outcome]
    """does it once; takes the number of the turn, so that no cache has the answer already"""
    audio_s: float | None = None
    """audio that one call hears, seconds; None where it hears none"""
    load: Callable[[], object] = _nothing
    warm_up: Callable[[], object] = _nothing
    close: Callable[[], object] = _nothing
    version: Callable[[], str] = str
    """names engine and model, once they are loaded; empty where nobody does"""
    is_elsewhere: bool = False
    """whether processes of its own do it, or waiting belongs to it: its processor time says nothing
    then"""

    @property
    def name(self) -> str:
        """What people call it: `asr pocketsphinx`."""
        return f"{self.component} {self.provider}".rstrip()


def work_by(
    candidate: Candidate[Any],
    component: str,
    what: str,
    call: Callable[[int], Outcome],
    **other: Any,
) -> Work:
    """Return the work of a provider, which is loaded, warmed up and closed as it says itself.

    Args:
        candidate: the provider.
        component: its slot.
        what: what one call is, in words.
        call: does it once.
        other: further fields of the work, or those in place of the provider's own.
    """
    provider = candidate.provider
    own = {
        "load": provider.load,
        "warm_up": provider.warm_up,
        "close": provider.close,
        "version": lambda: provider.version,
        "is_elsewhere": _is_elsewhere(provider),
    }
    return Work(component, candidate.name, what, call, **{**own, **other})


def _is_elsewhere(provider: Provider[Any]) -> bool:
    """Return whether a provider works in processes of its own."""
    from irene.components.isolation.proxy import IsolatedProvider

    return isinstance(provider, IsolatedProvider)
