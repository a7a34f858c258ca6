"""What all lanes of a worker share, and what stands between them and the provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from irene.components.isolation.shelf import Shelf
from irene.domain.audio import Samples


class Opened(NamedTuple):
    """An answer that goes on: the lane asks the stream from then on."""

    stream: Any
    value: Any = None
    """what is answered at once"""


class WithSound(NamedTuple):
    """An answer of samples and of what is to be said of them."""

    value: Any
    samples: Samples


class Around:
    """Answers what it does not know itself as the provider does."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)


@dataclass
class Premises:
    """What the lanes of one worker share; any thread may ask."""

    shelf: Shelf = field(default_factory=Shelf)
    streams: dict[int, Any] = field(default_factory=dict)
    """streams that may be asked over another lane than their own, by number"""

    def name(self, number: int, stream: Any) -> None:
        """Let a stream be asked aside."""
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
