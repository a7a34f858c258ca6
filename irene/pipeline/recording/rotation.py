"""Keeping the folder of recordings within its limits: the oldest go."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from irene.config.sections import RecorderSection
from irene.pipeline.recording.layout import SUFFIX
from irene.pipeline.recording.place import recordings_in, size_of


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may lie in the folder."""

    max_bytes: int
    max_files: int
    max_age_s: float

    @classmethod
    def of(cls, section: RecorderSection) -> Limits:
        """Return what `[recorder]` of a configuration says."""
        return cls(int(section.max_mb * 1e6), section.max_files, section.max_days * 86400)

    @property
    def most_of_one(self) -> int:
        """Bytes that one recording may take: while it becomes one file, it is there twice."""
        return self.max_bytes // 2


class Rotation:
    """Removes the oldest recordings until there is room; one that is not finished is left alone.

    What lies there is looked at once, and again when that may have changed otherwise.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._known: list[tuple[Path, int]] = []
        self._unfinished = 0

    def look(self, now: datetime, own: Path | None = None) -> None:
        """See what is there beside the recording that is written now; remove what is too old."""
        sizes = {path: size_of(path) for path in recordings_in(self._folder) if path != own}
        self._known = [one for one in sizes.items() if one[0].name.endswith(SUFFIX)]
        self._unfinished = sum(sizes.values()) - sum(size for _, size in self._known)
        oldest = now.timestamp() - self._limits.max_age_s
        while self._known and _written(self._known[0][0]) < oldest:
            self._remove_oldest()

    def make_room(self, n_bytes: int) -> int:
        """Remove recordings until one of this size may lie there; return how many were removed."""
        n_removed, limits = 0, self._limits
        taken = self._unfinished + n_bytes + sum(size for _, size in self._known)
        while self._known and (taken > limits.max_bytes or len(self._known) >= limits.max_files):
            taken -= self._remove_oldest()
            n_removed += 1
        return n_removed

    def _remove_oldest(self) -> int:
        path, size = self._known.pop(0)
        with suppress(OSError):
            path.unlink()
        return size


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return sys.float_info.max
