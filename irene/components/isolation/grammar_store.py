"""Grammars at both ends of a worker: each is sent once whole, and then named by its digest."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from irene.domain.grammar import Grammar
from irene.errors import ProviderFailedError

_MOST = 16
"""grammars that a worker keeps; the assistant names half as many, so that none it names is gone"""


@dataclass(frozen=True, slots=True)
class GrammarReference:
    """A grammar in a message: its digest, and its content when the worker does not have it yet."""

    digest: str
    content: tuple[Any, ...] | None = None
    """language, arcs, finals, what was left out; without what a grammar keeps for its own use"""

    @classmethod
    def whole(cls, grammar: Grammar) -> GrammarReference:
        """Return the reference of a grammar with its content."""
        content = (grammar.language, grammar.arcs, dict(grammar.finals), grammar.omitted)
        return cls(grammar.digest, content)


class GrammarStore:
    """The grammars that a worker keeps, in the worker's own process; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Grammar] = OrderedDict()

    def find(self, argument: Any) -> Any:
        """Return the grammar that a reference stands for; any other argument as it is.

        Raises:
            ProviderFailedError: the reference has no content, and the grammar is not kept any more.
        """
        if not isinstance(argument, GrammarReference):
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


class SentGrammars:
    """The grammars that one worker has by now, as the assistant knows it; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: OrderedDict[str, None] = OrderedDict()

    def entry(self, grammar: Grammar) -> GrammarReference:
        """Return the reference of a grammar for the next message to the worker.

        Messages go over several lanes: whoever names a grammar first must have its answer before
        somebody else may name it without content, so it is noted by `arrived`.
        """
        with self._lock:
            if grammar.digest in self._sent:
                return GrammarReference(grammar.digest)
        return GrammarReference.whole(grammar)

    def arrived(self, entry: GrammarReference) -> None:
        """Note that the worker has answered a message with a grammar's content."""
        with self._lock:
            if entry.content is not None:
                self._sent[entry.digest] = None
                while len(self._sent) > _MOST // 2:
                    self._sent.popitem(last=False)
