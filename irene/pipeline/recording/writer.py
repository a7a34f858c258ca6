"""Writing recordings on a thread of its own, so that nobody who listens waits for a disk."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from pathlib import Path

from irene.components.threads import start_daemon
from irene.domain.clock import Clock
from irene.pipeline.recording.draft import Draft
from irene.pipeline.recording.items import Begin, End, Happening, Item, Piece, Typed
from irene.pipeline.recording.packing import packed, recover
from irene.pipeline.recording.rotation import Limits, Rotation

MOST_WAITING = 8_000_000
"""bytes of audio that may wait to be written"""
_MOST_LINES = 10_000
"""events that may wait"""
_LAST_WORDS_S = 10.0
"""longest wait at the end for the disk"""


class RecordingWriter:
    """Takes what is recorded from any thread at once, and writes it in the order in which it came.

    `put` never waits and never fails. When more waits than there is room for, what comes is not
    kept, which is counted in the recording. A disk that is full, or a folder that cannot be
    written, costs the recording and nothing else; that is reported in one line, once.
    """

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        clock: Clock,
        report: Callable[[str], None] = lambda line: None,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """Write into this folder; `report` is called on the writer's thread."""
        self.folder = folder
        """where recordings lie"""
        self.not_kept_s = 0.0
        """audio that was not kept, seconds"""
        self._limits = limits
        self._clock = clock
        self._report = report
        self._most = most_waiting
        self._waiting: deque[Item] = deque()
        self._n_bytes = 0
        self._n_lines = 0
        self._lost_s = 0.0
        self._lost_lines = 0
        self._changed = threading.Condition()
        self._is_over = False
        self._told = ""
        self._thread: Future[None] | None = None

    def put(self, item: Item) -> None:
        """Have something written soon; from any thread."""
        with self._changed:
            if self._is_over or not self._has_room(item):
                return
            self._waiting.append(item)
            if self._thread is None:
                self._thread = start_daemon("recorder", self._work)
            self._changed.notify()

    def close(self, wait_s: float = _LAST_WORDS_S) -> None:
        """Write what waits and nothing more; waits for the disk, but no longer than that."""
        with self._changed:
            self._is_over = True
            self._changed.notify()
        if self._thread is not None:
            with suppress(NotInTime):
                self._thread.result(wait_s)

    def _has_room(self, item: Item) -> bool:
        """Whether an item may wait; what does not is counted."""
        if isinstance(item, Piece):
            if self._n_bytes + item.samples.nbytes > self._most:
                self._lost_s += item.seconds
                self.not_kept_s += item.seconds
                return False
            self._n_bytes += item.samples.nbytes
        elif isinstance(item, (Happening, Typed)):
            if self._n_lines >= _MOST_LINES:
                self._lost_lines += 1
                return False
            self._n_lines += 1
        return True

    def _take(self) -> list[Item]:
        """Wait for something to write; return all of it, nothing at the end."""
        with self._changed:
            while not self._waiting and not self._is_over:
                self._changed.wait()
            items = list(self._waiting)
            self._waiting.clear()
            self._n_bytes = self._n_lines = 0
            return items

    def _take_losses(self) -> dict[str, float]:
        with self._changed:
            losses = {"audio_s": round(self._lost_s, 3), "events": self._lost_lines}
            self._lost_s, self._lost_lines = 0.0, 0
            return losses

    def _work(self) -> None:
        writing = _Writing(self.folder, self._limits, self._clock)
        with suppress(OSError):
            recover(self.folder)
        while items := self._take():
            for item in items:
                self._write(writing, item)
            if not self._try(writing.flush):
                writing.give_up()
        self._try(lambda: writing.end("unfinished", self._take_losses()))

    def _write(self, writing: _Writing, item: Item) -> None:
        if isinstance(item, End):
            self._try(lambda: writing.end(item.reason, self._take_losses()))
        elif isinstance(item, Begin):
            self._take_losses()
            self._try(lambda: writing.begin(item))
        elif not self._try(lambda: writing.add(item)):
            writing.give_up()

    def _try(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._tell(f"recorder: {self.folder}: {reason}; this recording is not kept")
            return False
        return True

    def _tell(self, line: str) -> None:
        if line != self._told:
            self._told = line
            self._report(line)


class _Writing:
    """The work of the thread: one recording after the other."""

    def __init__(self, folder: Path, limits: Limits, clock: Clock) -> None:
        self._folder = folder
        self._limits = limits
        self._clock = clock
        self._rotation = Rotation(folder, limits)
        self._draft: Draft | None = None
        self._room = 0

    def begin(self, begin: Begin) -> None:
        """Begin another recording."""
        self.give_up()
        self._rotation.look(self._clock.now())
        self._room = 0
        self._draft = Draft(self._folder, begin)
        self._rotation.look(self._clock.now(), self._draft.path)

    def add(self, item: Item) -> None:
        """Add to the recording; one that is given up, or as large as may be, takes nothing more."""
        draft = self._draft
        if draft is None:
            return
        if draft.n_bytes >= self._limits.most_of_one:
            self.end("large", {})
        elif isinstance(item, Piece):
            draft.add_audio(item)
        elif isinstance(item, Happening):
            draft.add_event(item)
        elif isinstance(item, Typed):
            draft.add_typed(item)
        if draft.n_bytes > self._room:  # in steps: not for each block
            self._room = draft.n_bytes + (1 << 20)
            self._rotation.make_room(min(self._room, self._limits.max_bytes))

    def flush(self) -> None:
        """Hand what was added to the system."""
        if self._draft is not None:
            self._draft.flush()

    def end(self, reason: str, not_kept: dict[str, float]) -> None:
        """Make one file of the recording."""
        draft, self._draft = self._draft, None
        if draft is None:
            return
        try:
            draft.finish(reason, not_kept)
            self._rotation.make_room(2 * draft.n_bytes)
            if sys.platform == "win32":
                draft.close()  # open files cannot be removed there, and nobody recovers
            packed(draft.path)
        except (OSError, ValueError):
            draft.discard()
            raise
        draft.close()

    def give_up(self) -> None:
        """Remove the recording: nothing can be written any more."""
        draft, self._draft = self._draft, None
        if draft is not None:
            draft.discard()
