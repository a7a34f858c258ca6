"""Isolated inputs: the device, or what reads, is in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from irene.components.isolation.lane_lease import LaneLease
from irene.components.isolation.pool import WorkerPool
from irene.components.isolation.proxy import IsolatedProvider
from irene.components.isolation.standard_input import StandardInput
from irene.domain.audio import AudioFormat, LostAudio, Samples
from irene.domain.clock import Clock, SystemClock
from irene.errors import AudioFormatError, IreneError, ProviderFailedError
from irene.providers.input import Device, Input, InputPlace, InputStream
from irene.providers.provider import Provider

_TRIES = 2
"""processes that may die one after the other without having delivered anything"""


class IsolatedInput(IsolatedProvider, Input[Any]):
    """An input in a worker; when that dies, it is read on where it was, or the loss is counted."""

    _original: Input[Any]

    def __init__(self, original: Provider[Any], pool: WorkerPool) -> None:
        super().__init__(original, pool)
        # Class variables elsewhere; see `IsolatedProvider`.
        self.live = self._original.live  # type: ignore[misc]
        self.reads_standard_input = self._original.reads_standard_input  # type: ignore[misc]
        self._waiting_s = 0.0
        self.standard_input: StandardInput | None = None
        """what passes standard input on, to an input that reads it"""
        if self.reads_standard_input:
            self.standard_input = StandardInput(pool.clock)
            pool.standard_input = self.standard_input.for_next_process

    def close(self) -> None:
        """End the worker; standard input can be read on after the next `load`."""
        super().close()
        if self.standard_input is not None:
            self.standard_input.close()

    @property
    def waiting_s(self) -> float:
        """Audio that the device delivered and nobody has read, as of the last read."""
        return self._waiting_s

    def open_stream(self) -> InputStream:
        """Open the source in the worker."""
        self.load()
        return _Capture(self, SystemClock())

    def begin(self) -> None:
        """Have the worker's buffer count from here on."""
        for lease in self.pool.each() if self.live else ():
            lease.provider("begin")

    def expected_format(self) -> AudioFormat | None:
        """Return what the input says here."""
        return self._original.expected_format()

    def devices(self) -> tuple[Device, ...]:
        """Ask the worker; before it is loaded, the input here."""
        return tuple(self._asked("devices"))

    def note_waiting(self, seconds: float) -> None:
        """Remember what waits."""
        self._waiting_s = seconds


class _Capture(InputStream):
    """An open source.

    When the process dies, a live source is opened again and the time without it counts as lost
    audio. Any other one is gone on with in the next process where reading stopped: at its place in
    standard input, or by reading again what had been read.
    """

    def __init__(self, owner: IsolatedInput, clock: Clock) -> None:
        self._owner = owner
        self._clock = clock
        self._lock = threading.Lock()
        self._is_over = False
        self._n_behind = 0
        """samples that were read since the last place, or since the beginning"""
        self._lost: Sequence[LostAudio] = ()
        self._length_s: float | None = None
        self._preferred_s: float | None = None
        self._format = AudioFormat(16000)
        self._first = 0
        """where in standard input the stream of this process begins"""
        self._next: int | None = None
        """where in standard input the next process begins"""
        self._place: InputPlace | None = None
        self._n_deaths = 0
        """of processes, since one has delivered anything"""
        self._lease: LaneLease
        self._open()
        self._read_s = clock.monotonic()

    @property
    def format(self) -> AudioFormat:
        """Format of everything that `read` returns."""
        return self._format

    def read(self) -> Samples | None:
        """Block for the next samples of the worker; None at the end of the input."""
        self._lost = ()
        read = self._read
        while True:
            try:
                return read()
            except ProviderFailedError:
                if self._is_over:
                    return None
                if not self._may_try_again():
                    raise
            read = self._read_on

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
            self._lease.stream("prefer_block", seconds)

    def close(self) -> None:
        """Stop; also wakes a reader that blocks in `read`."""
        with self._lock:
            if self._is_over:
                return
            self._is_over = True
        with suppress(IreneError):
            self._lease.aside("close")
        self._end()

    def _read(self) -> Samples | None:
        answer = self._lease.stream("read")
        self._read_s = self._clock.monotonic()
        if answer is None:
            return None
        (lost, waiting_s, place), samples = answer
        self._owner.note_waiting(waiting_s)
        self._lost = (*self._lost, *lost)
        self._n_behind += samples.shape[0]
        self._n_deaths = 0
        self._note(place)
        return cast("Samples", samples)

    def _read_on(self) -> Samples | None:
        """Open the source in the next process, and read on there."""
        rest = self._go_on()
        if self._is_over:  # it was closed meanwhile, and only the dead process was told
            self._end()
            return None
        return self._read() if rest is None else rest

    def _end(self) -> None:
        if self._owner.standard_input is not None:
            self._owner.standard_input.pause()
        with suppress(IreneError):
            self._lease.end_stream()

    def _go_on(self) -> Samples | None:
        """Open the source in the next process, and account for what is missing.

        Return what was read beyond the place where reading stopped, where that cannot be helped.
        """
        before, length_s = self._format, self._length_s
        self._open()
        if self._format != before:
            raise AudioFormatError(f"the {self._owner.name} came back with {self._format}")
        self._length_s = length_s
        if self._preferred_s is not None:
            self._lease.stream("prefer_block", self._preferred_s)
        if self._owner.live:
            gone_s = self._clock.monotonic() - self._read_s
            n_lost = round(gone_s * self._format.sample_rate)
            self._lost = (LostAudio(n_lost, "its process died"),)
            return None
        return self._skipped(self._n_behind)

    def _skipped(self, n_samples: int) -> Samples | None:
        """Read what was read before."""
        while n_samples > 0 and (answer := self._lease.stream("read")) is not None:
            samples: Samples = answer[1]
            if samples.shape[0] > n_samples:
                self._n_behind += samples.shape[0] - n_samples
                return samples[n_samples:]
            n_samples -= samples.shape[0]
        return None

    def _open(self) -> None:
        """Open the source, in the next process if one dies of it."""
        while True:
            self._lease = self._owner.pool.lease()
            try:
                self._begin(self._lease)
                return
            except ProviderFailedError:
                self._lease.close()
                if not self._may_try_again():
                    raise

    def _begin(self, lease: LaneLease) -> None:
        source = self._owner.standard_input
        if source is not None:
            self._first = source.begin(self._next)
            self._next = self._first if self._next is None else self._next
            lease.waiting_for(source.may_wait)
        opened = lease.open("open_stream", self._owner.buffering, lease.number, self._place)
        self._format, self._length_s, place = opened
        if not self._n_behind:
            self._note(place)

    def _may_try_again(self) -> bool:
        """Whether the process has died, and was not one of several."""
        if not self._lease.is_sound:
            self._n_deaths += 1
        return not self._lease.is_sound and self._n_deaths <= _TRIES

    def _note(self, place: InputPlace | None) -> None:
        """Remember how far standard input has been heard; nobody needs what lies before that."""
        source = self._owner.standard_input
        if source is not None and place is not None:
            self._place, self._n_behind = place, 0
            self._next = self._first + place.n_bytes
            source.forget(self._next)
