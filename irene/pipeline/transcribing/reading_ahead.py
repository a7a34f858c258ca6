"""Recordings in their order, of which several pieces of speech are recognised at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from irene.errors import IreneError


class Readable(Protocol):
    """A recording that is read piece by piece."""

    may_be_ahead: bool
    """whether more may be read of it than was asked for; not of a pipe, which may be live"""

    @property
    def n_in_progress(self) -> int:
        """Pieces that were started and whose text nobody has taken yet."""
        ...

    def start_next(self) -> bool:
        """Read up to the next piece of speech and start on it; False when there is none left."""
        ...

    def close(self) -> None:
        """Read no more of it."""
        ...


R = TypeVar("R", bound=Readable)


@dataclass(frozen=True)
class Opened(Generic[R]):
    """A recording, or why there is none."""

    file: str
    """as it was asked for"""
    recording: R | None
    """None where it could not be opened"""
    error: IreneError | None = None
    """why"""


class Recordings(Generic[R]):
    """Opens recordings one after the other, and reads on while earlier ones are recognised.

    Whoever iterates it gets them in their order. At most `at_once` pieces of speech are in memory,
    and as many recordings open, however many there are.
    """

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once
        self._files: Iterator[str] = iter(())
        self._ahead: deque[Opened[R]] = deque()

    def opened(self, files: Iterable[str], open_one: Callable[[str], R]) -> Iterator[Opened[R]]:
        """Yield every recording, or what was raised when it was opened."""
        self._files, self._open_one = iter(files), open_one
        try:
            while (one := self._at(0)) is not None:
                self._ahead.popleft()
                yield one
        finally:
            for left in self._ahead:
                if left.recording is not None:
                    left.recording.close()
            self._ahead.clear()

    def read_on(self, reader: R) -> None:
        """Start on pieces of the recording that is read, then on those of later ones."""
        limit = self._at_once if reader.may_be_ahead else 1
        while self._n_in_progress(reader) < limit:
            if not any(one.start_next() for one in self._in_order(reader)):
                return

    def _n_in_progress(self, reader: R) -> int:
        ahead = (one.recording.n_in_progress for one in self._ahead if one.recording is not None)
        return reader.n_in_progress + sum(ahead)

    def _in_order(self, reader: R) -> Iterator[R]:
        yield reader
        place = 0
        while reader.may_be_ahead and place < self._at_once - 1:
            opened = self._at(place)
            if opened is None:
                return
            place += 1
            if opened.recording is not None:
                if not opened.recording.may_be_ahead:
                    return
                yield opened.recording

    def _at(self, place: int) -> Opened[R] | None:
        """Return a recording that comes later, 0 is the next one; None after the last."""
        while len(self._ahead) <= place:
            file = next(self._files, None)
            if file is None:
                return None
            self._ahead.append(self._open(file))
        return self._ahead[place]

    def _open(self, file: str) -> Opened[R]:
        try:
            return Opened(file, self._open_one(file))
        except IreneError as error:
            return Opened(file, None, error)
