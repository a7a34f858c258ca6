"""Grammars that a worker has: each is sent once, and by its name from then on."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from irene.domain.grammar import Grammar
from irene.errors import ProviderFailedError

_MOST = 16
"""grammars that are kept; the assistant forgets the same ones in the same order"""


@dataclass(frozen=True, slots=True)
class OnShelf:
    """Stands for a grammar: by name, and with its content when the worker does not have it yet."""

    digest: str
    content: tuple[Any, ...] | None = None
    """language, arcs, finals, what was left out; without what a grammar keeps for its own use"""

    @classmethod
    def whole(cls, grammar: Grammar) -> OnShelf:
        """Return what stands for a grammar, with its content."""
        content = (grammar.language, grammar.arcs, dict(grammar.finals), grammar.omitted)
        return cls(grammar.digest, content)


class Shelf:
    """The grammars of one worker, as the worker has them; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Grammar] = OrderedDict()

    def find(self, argument: Any) -> Any:
        """Return the grammar that an argument stands for; any other argument as it is."""
        if not isinstance(argument, OnShelf):
            return argument
        with self._lock:
            if argument.content is not None:
                self._kept[argument.digest] = Grammar(*argument.content)
                self._kept.move_to_end(argument.digest)
                while len(self._kept) > _MOST:
                    self._kept.popitem(last=False)
            if argument.digest not in self._kept:
                raise ProviderFailedError("a grammar was forgotten")
            return self._kept[argument.digest]


class Catalogue:
    """What stands on the shelf of one worker, as the assistant knows it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: OrderedDict[str, None] = OrderedDict()

    def entry(self, grammar: Grammar) -> OnShelf:
        """Return what stands for a grammar in the next message to the worker.

        Messages go over several lanes: whoever names a grammar first must have its answer before
        somebody else may name it without content, so it is noted by `arrived`.
        """
        with self._lock:
            if grammar.digest in self._sent:
                return OnShelf(grammar.digest)
        return OnShelf.whole(grammar)

    def arrived(self, entry: OnShelf) -> None:
        """Note that the worker has answered a message with a grammar's content."""
        with self._lock:
            if entry.content is not None:
                self._sent[entry.digest] = None
                while len(self._sent) > _MOST // 2:
                    self._sent.popitem(last=False)
