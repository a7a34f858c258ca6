"""What all lanes of a worker share, and the forms in which a provider's answers reach them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from irene.components.isolation.grammar_store import GrammarStore
from irene.domain.audio import Samples


class Opened(NamedTuple):
    """An answer that opens a stream, which the lane asks from then on."""

    stream: Any
    value: Any = None
    """what is answered at once"""


class WithSound(NamedTuple):
    """An answer of samples, which travel in the shared region, and a value about them."""

    value: Any
    samples: Samples


class Delegate:
    """Passes on to a provider whatever a subclass does not answer itself."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)


@dataclass
class SharedState:
    """What the lanes of one worker share; any thread may ask."""

    grammars: GrammarStore = field(default_factory=GrammarStore)
    streams: dict[int, Any] = field(default_factory=dict)
    """streams that may be asked over another lane than their own, by number"""

    def register(self, number: int, stream: Any) -> None:
        """Let a stream be asked over other lanes, by this number."""
        self.streams[number] = stream

    def ask(self, method: str, number: int) -> None:
        """Ask a stream over another lane than its own; nothing happens to one that is over."""
        stream = self.streams.get(number)
        answer = getattr(stream, method, None)
        if answer is not None:
            answer()

    def forget(self, stream: Any) -> None:
        """Drop a stream that is over."""
        whole = getattr(stream, "named", stream)
        for number in [number for number, one in list(self.streams.items()) if one is whole]:
            self.streams.pop(number, None)
