"""Graphs in the binary format of OpenFst: `VectorFst` over the tropical semiring."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_MAGIC = 2125659606
_VERSION = 2
_EXPANDED_MUTABLE = 3
SORTED_BY_INPUT, SORTED_BY_OUTPUT = 0x10000000, 0x40000000


class Link(NamedTuple):
    """One arc."""

    reads: int
    writes: int
    cost: float
    """minus the natural logarithm of a probability"""
    target: int


@dataclass
class Transducer:
    """A graph that grows; state 0 is the start."""

    links: list[list[Link]] = field(default_factory=list)
    finals: dict[int, float] = field(default_factory=dict)
    """cost of ending in a state"""

    def add_state(self) -> int:
        """Return the number of a new state."""
        self.links.append([])
        return len(self.links) - 1

    def packed(self, order: int = SORTED_BY_INPUT) -> bytes:
        """Return the file, the arcs of each state in this order."""
        by_output = order == SORTED_BY_OUTPUT
        return b"".join([self._head(order), *self._states(by_output)])

    def _head(self, order: int) -> bytes:
        names = [struct.pack("<i", len(name)) + name for name in (b"vector", b"standard")]
        n_arcs = sum(map(len, self.links))
        numbers = struct.pack(
            "<iiQqqq", _VERSION, 0, _EXPANDED_MUTABLE | order, 0, len(self.links), n_arcs
        )
        return struct.pack("<i", _MAGIC) + b"".join(names) + numbers

    def _states(self, by_output: bool) -> Sequence[bytes]:
        def place(link: Link) -> tuple[int, int]:
            return (link.writes, link.reads) if by_output else (link.reads, link.writes)

        packed = []
        for state, links in enumerate(self.links):
            packed.append(struct.pack("<fq", self.finals.get(state, math.inf), len(links)))
            packed += [struct.pack("<iifi", *link) for link in sorted(links, key=place)]
        return packed
