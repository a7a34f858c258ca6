"""What a worker takes: memory, the time until it serves, and until it serves again."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass

import psutil

from irene.domain.events import WorkerRestarted
from irene.errors import ProviderFailedError
from irene.plugin.registry import ComponentRegistry
from irene.studies.isolation.subjects import Engine, in_workers

_PATIENCE_S = 60.0
_PAUSE_S = 0.01


@dataclass(frozen=True)
class Footprint:
    """One worker, and the small process that watches over it."""

    engine: str
    resident_mb: float
    """of the worker, 10^6 bytes: what `memory_limit_mb` is compared with"""
    own_mb: float
    """of both: what would be free without them"""
    start_s: float
    """from nothing to loaded and warm"""
    restart_s: float
    """from its death by a signal to loaded and warm"""


def footprint(engine: Engine, registry: ComponentRegistry) -> Footprint:
    """Measure one worker, and kill it once.

    Raises:
        ProviderFailedError: it did not come back.
    """
    began = time.perf_counter()
    with in_workers(engine, registry) as (provider, events):
        start_s = time.perf_counter() - began
        worker = psutil.Process(provider.pool.pids[0])
        warden = worker.parent()
        processes = [worker, warden] if warden is not None else [worker]
        own_mb = sum(one.memory_full_info().uss for one in processes) / 1e6
        resident_mb = worker.memory_info().rss / 1e6
        os.kill(worker.pid, signal.SIGKILL)
        pause = threading.Event()
        for _ in range(int(_PATIENCE_S / _PAUSE_S)):
            back = [event for event in events if isinstance(event, WorkerRestarted)]
            if back:
                return Footprint(engine.name, resident_mb, own_mb, start_s, back[0].seconds)
            pause.wait(_PAUSE_S)
    raise ProviderFailedError(f"{engine.name} did not come back within {_PATIENCE_S:g} s")
