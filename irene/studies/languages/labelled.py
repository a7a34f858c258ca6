"""Recordings of which it is known which language is spoken where."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from irene.domain.audio import AudioChunk


@dataclass(frozen=True)
class Labelled:
    """A recording, and where which language is spoken in it."""

    file: str
    kind: str
    language: str
    clip: AudioChunk
    """at the rate that identifiers hear"""
    segments: Sequence[Mapping[str, Any]]
    """each with `start_s`, `end_s` and `language`"""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in the order in which they are spoken, each change once."""
        return tuple(
            one for one, _ in itertools.groupby(each["language"] for each in self.segments)
        )

    @property
    def changes_s(self) -> list[tuple[float, float]]:
        """The pauses in which the language changes: from where to where, seconds."""
        return [
            (float(one["end_s"]), float(other["start_s"]))
            for one, other in itertools.pairwise(self.segments)
            if one["language"] != other["language"]
        ]
