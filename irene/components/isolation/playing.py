"""Isolated outputs: the device, or the file, is in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from irene.components.isolation.lane_lease import LaneLease
from irene.components.isolation.pool import WorkerPool
from irene.components.isolation.proxy import IsolatedProvider
from irene.domain.audio import Samples
from irene.errors import IreneError, ProviderFailedError
from irene.providers.input import Device
from irene.providers.output import Output, OutputStream
from irene.providers.provider import Provider


class Written:
    """How many samples of each rate outputs have taken; answers at the same time count together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order = threading.Lock()
        self._counts: dict[int, int] = {}

    @contextmanager
    def opening(self, sample_rate: int) -> Iterator[Mapping[int, int]]:
        """Give the counts so far to whoever opens an answer within the `with` block.

        One new rate (Hz) after the other is opened, so that they come in one order everywhere.
        """
        so_far = self.so_far()
        if sample_rate in so_far:
            yield so_far
            return
        with self._order:
            yield self.so_far()
            self.add(sample_rate, 0)

    def add(self, sample_rate: int, n_samples: int) -> None:
        """Count samples of a rate, Hz."""
        with self._lock:
            self._counts[sample_rate] = self._counts.get(sample_rate, 0) + n_samples

    def so_far(self) -> Mapping[int, int]:
        """Return the counts by rate, in the order in which the rates came."""
        with self._lock:
            return dict(self._counts)


class IsolatedOutput(IsolatedProvider, Output[Any]):
    """An output in a worker; an answer goes on in the next one when it dies."""

    _original: Output[Any]

    def __init__(self, original: Provider[Any], pool: WorkerPool) -> None:
        super().__init__(original, pool)
        self.live = self._original.live  # type: ignore[misc] # see `IsolatedProvider`
        self._written = Written()

    def open_stream(self, sample_rate: int) -> OutputStream:
        """Start an answer in the worker."""
        self.load()
        return _Answer(self.pool, sample_rate, self._written)

    def close(self) -> None:
        """End the worker; what comes after that begins anew."""
        super().close()
        self._written = Written()  # an answer that still ends counts for what was

    def devices(self) -> tuple[Device, ...]:
        """Ask the worker; before it is loaded, the output here."""
        return tuple(self._asked("devices"))

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
        with self.pool.lease() as lease:
            lease.provider(method)


class _Answer(OutputStream):
    """One answer; what a dead process had in its device is lost, everything else is heard."""

    def __init__(self, pool: WorkerPool, sample_rate: int, written: Written) -> None:
        """`written` counts what all answers have given to the output since it was loaded."""
        self._pool = pool
        self._rate = sample_rate
        self._written = written
        self._is_over = False
        self._n_since = 0
        self._lease = self._opened()

    def write(self, samples: Samples) -> None:
        """Have the worker play samples; block while its device is busy."""
        if self._is_over:
            return
        try:
            self._write(samples)
        except ProviderFailedError:
            if self._is_over or not self._may_go_on:
                raise
            self._lease = self._opened()
            self._n_since = 0
            if self._is_over:  # it was aborted meanwhile, and only the dead process was told
                self._end()
                return
            self._write(samples)
        self._n_since += samples.shape[0]

    def finish(self) -> None:
        """Block until everything written has been heard."""
        if not self._is_over:
            self._lease.stream("finish")
            self._end()

    def abort(self) -> None:
        """Stop at once, also while another thread writes or finishes."""
        if not self._is_over:
            self._is_over = True
            with suppress(IreneError):  # a worker that is gone plays nothing
                self._lease.aside("abort")
            self._end()

    def _write(self, samples: Samples) -> None:
        self._lease.grant(samples.shape[0] / self._rate)
        # Counted before the process can be followed by one that is told the counts.
        count = partial(self._written.add, self._rate, samples.shape[0])
        self._lease.stream("write", audio=(samples,), answered=count)

    @property
    def _may_go_on(self) -> bool:
        """Whether the worker died, and not just after it had died before."""
        return not self._lease.is_sound and self._n_since > 0

    def _opened(self) -> LaneLease:
        lease = self._pool.lease()  # once there is another process, nobody counts for the last one
        with self._written.opening(self._rate) as so_far:
            lease.open("open_stream", self._rate, lease.number, so_far)
        return lease

    def _end(self) -> None:
        self._is_over = True
        with suppress(IreneError):
            self._lease.end_stream()
