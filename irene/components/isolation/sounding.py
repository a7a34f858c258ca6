"""Isolated outputs and inputs: the device is in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from irene.components.isolation.pool import Talk, WorkerPool
from irene.components.isolation.proxy import IsolatedProvider
from irene.domain.audio import AudioFormat, LostAudio, Samples
from irene.domain.clock import Clock, SystemClock
from irene.errors import AudioFormatError, IreneError, ProviderFailedError
from irene.providers.input import Device, Input, InputStream
from irene.providers.output import Output, OutputStream
from irene.providers.provider import Provider


class IsolatedOutput(IsolatedProvider, Output[Any]):
    """An output in a worker; an answer goes on in the next one when it dies."""

    _original: Output[Any]

    def __init__(self, original: Provider[Any], pool: WorkerPool) -> None:
        super().__init__(original, pool)
        self.live = self._original.live  # type: ignore[misc]
        self._written: dict[int, int] = {}

    def open_stream(self, sample_rate: int) -> OutputStream:
        """Start an answer in the worker."""
        self.load()
        return _Answer(self.pool, sample_rate, self._written)

    def close(self) -> None:
        """End the worker; what comes after that begins anew."""
        super().close()
        self._written = {}  # an answer that still ends counts for what was

    def devices(self) -> tuple[Device, ...]:
        """Ask the worker; before it is loaded, the output here."""
        return _devices(self, self._original)

    @property
    def can_duck(self) -> bool:
        """Whether the output can turn others down."""
        return self._original.can_duck

    def duck(self) -> None:
        """Have the worker turn down what other programs play."""
        self._tell("duck")

    def unduck(self) -> None:
        """Have the worker give their volume back."""
        self._tell("unduck")

    def _tell(self, method: str) -> None:
        self.load()
        with self.pool.talk() as talk:
            talk.provider(method)


def _devices(isolated: IsolatedProvider, original: Output[Any] | Input[Any]) -> tuple[Device, ...]:
    if not isolated.is_loaded:
        return original.devices()
    with isolated.pool.talk() as talk:
        return tuple(talk.provider("devices"))


class _Answer(OutputStream):
    """One answer; what a dead process had in its device is lost, everything else is heard."""

    def __init__(self, pool: WorkerPool, sample_rate: int, written: dict[int, int]) -> None:
        """`written` counts the samples of each rate that outputs of this run have taken."""
        self._pool = pool
        self._rate = sample_rate
        self._written = written
        self._is_over = False
        self._n_since = 0
        self._number = 0
        self._talk = self._opened()

    def write(self, samples: Samples) -> None:
        """Have the worker play samples; block while its device is busy."""
        if self._is_over:
            return
        self._talk.grant(samples.shape[0] / self._rate)
        try:
            self._talk.stream("write", audio=(samples,))
        except ProviderFailedError:
            if self._is_over or not self._may_go_on:
                raise
            self._talk = self._opened()
            self._n_since = 0
            if self._is_over:  # it was aborted meanwhile, and only the dead process was told
                self._end()
                return
            self._talk.stream("write", audio=(samples,))
        self._n_since += samples.shape[0]
        self._written[self._rate] += samples.shape[0]

    def finish(self) -> None:
        """Block until everything written has been heard."""
        if not self._is_over:
            self._talk.stream("finish")
            self._end()

    def abort(self) -> None:
        """Stop at once, also while another thread writes or finishes."""
        if not self._is_over:
            self._is_over = True
            with suppress(IreneError):  # a worker that is gone plays nothing
                self._talk.aside("abort", self._number)
            self._end()

    @property
    def _may_go_on(self) -> bool:
        """Whether the worker died, and not just after it had died before."""
        return not self._talk.is_sound and self._n_since > 0

    def _opened(self) -> Talk:
        self._number = self._pool.number()
        talk = self._pool.open_stream(self._rate, self._number, dict(self._written))
        self._written.setdefault(self._rate, 0)
        return talk

    def _end(self) -> None:
        self._is_over = True
        with suppress(IreneError):
            self._talk.end_stream()


class IsolatedInput(IsolatedProvider, Input[Any]):
    """An input in a worker; when it dies, what was said meanwhile is counted as lost."""

    _original: Input[Any]

    def __init__(self, original: Provider[Any], pool: WorkerPool) -> None:
        super().__init__(original, pool)
        self.live = self._original.live  # type: ignore[misc]
        self._waiting_s = 0.0

    @property
    def waiting_s(self) -> float:
        """Audio that the device delivered and nobody has read, as of the last read."""
        return self._waiting_s

    def open_stream(self) -> InputStream:
        """Open the source in the worker."""
        self.load()
        return _Capture(self, SystemClock())

    def expected_format(self) -> AudioFormat | None:
        """Return what the input says here."""
        return self._original.expected_format()

    def devices(self) -> tuple[Device, ...]:
        """Ask the worker; before it is loaded, the input here."""
        return _devices(self, self._original)

    def note_waiting(self, seconds: float) -> None:
        """Remember what waits."""
        self._waiting_s = seconds


class _Capture(InputStream):
    """An open source.

    When the process dies, a live source is opened again and the time without it counts as lost
    audio; one that is read at any pace is read again up to where it was.
    """

    def __init__(self, owner: IsolatedInput, clock: Clock) -> None:
        self._owner = owner
        self._clock = clock
        self._lock = threading.Lock()
        self._is_over = False
        self._n_read = 0
        self._n_since = 0
        self._lost: Sequence[LostAudio] = ()
        self._length_s: float | None = None
        self._preferred_s: float | None = None
        self._number = 0
        self._format = AudioFormat(16000)
        self._talk = self._opened()
        self._read_s = clock.monotonic()

    @property
    def format(self) -> AudioFormat:
        """Format of everything that `read` returns."""
        return self._format

    def read(self) -> Samples | None:
        """Block for the next samples of the worker; None at the end of the input."""
        self._lost = ()
        try:
            return self._read()
        except ProviderFailedError:
            if self._is_over:
                return None
            if self._talk.is_sound or not self._n_since:
                raise
        rest = self._go_on()
        if self._is_over:  # it was closed meanwhile, and only the dead process was told
            with suppress(IreneError):
                self._talk.end_stream()
            return None
        return self._read() if rest is None else rest

    def length_s(self) -> float | None:
        """Return what the source promises."""
        return self._length_s

    def lost(self) -> Sequence[LostAudio]:
        """Return what was lost before the last samples."""
        lost, self._lost = self._lost, ()
        return lost

    def prefer_block(self, seconds: float) -> None:
        """Pass the wish on."""
        self._preferred_s = seconds
        with suppress(ProviderFailedError):  # `read` finds out, and tells the next worker
            self._talk.stream("prefer_block", seconds)

    def close(self) -> None:
        """Stop; also wakes a reader that blocks in `read`."""
        with self._lock:
            if self._is_over:
                return
            self._is_over = True
        with suppress(IreneError):
            self._talk.aside("close", self._number)
        with suppress(IreneError):
            self._talk.end_stream()

    def _read(self) -> Samples | None:
        answer = self._talk.stream("read")
        self._read_s = self._clock.monotonic()
        if answer is None:
            return None
        (lost, waiting_s), samples = answer
        self._owner.note_waiting(waiting_s)
        self._lost = (*self._lost, *lost)
        self._n_read += samples.shape[0]
        self._n_since += samples.shape[0]
        return cast("Samples", samples)

    def _go_on(self) -> Samples | None:
        """Open the source in the next process, and account for what is missing.

        Return what was read beyond the place where reading stopped, where that cannot be helped.
        """
        self._n_since = 0
        before = self._format
        self._talk = self._opened()
        if self._format != before:
            raise AudioFormatError(f"the {self._owner.name} came back with {self._format}")
        if self._preferred_s is not None:
            self._talk.stream("prefer_block", self._preferred_s)
        if self._owner.live:
            gone_s = self._clock.monotonic() - self._read_s
            n_lost = round(gone_s * self._format.sample_rate)
            self._lost = (LostAudio(n_lost, "its process died"),)
            self._n_read += n_lost
            return None
        return self._skipped(self._n_read)

    def _skipped(self, n_samples: int) -> Samples | None:
        """Read what was read before."""
        while n_samples > 0 and (answer := self._talk.stream("read")) is not None:
            samples: Samples = answer[1]
            if samples.shape[0] > n_samples:
                self._n_read += samples.shape[0] - n_samples
                return samples[n_samples:]
            n_samples -= samples.shape[0]
        return None

    def _opened(self) -> Talk:
        self._number = self._owner.pool.number()
        talk = self._owner.pool.talk()
        opened = talk.open("open_stream", self._owner.buffering, self._number)
        self._format, self._length_s = opened
        return talk
