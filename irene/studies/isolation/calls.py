"""What a call to a worker costs: a provider that does nothing, here and there, in turns."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np

from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.performance.benchmark.probe import Probe
from irene.performance.benchmark.rounds import Pace, in_turns
from irene.plugin.registry import ComponentRegistry
from irene.providers.vad import Vad, VadStream
from irene.studies.isolation.subjects import Engine, here, in_workers

SILENT = Engine(Kind.VAD, "silent")
_AUDIO: Sequence[tuple[str, Samples]] = (
    ("20 ms of int16", np.zeros(320, np.int16)),
    ("32 ms of float32", np.zeros(512, np.float32)),
    ("80 ms of int16", np.zeros(1280, np.int16)),
    ("1 s of int16", np.zeros(16000, np.int16)),
    ("30 s of float32", np.zeros(480_000, np.float32)),
)


@dataclass(frozen=True)
class CallCost:
    """Microseconds of one call."""

    audio: str
    """what goes with it"""
    here_us: float
    """in this process, median"""
    least_us: float
    """to a worker and back, the call that was disturbed least"""
    median_us: float
    """to a worker and back"""


def call_costs(registry: ComponentRegistry, rounds: int) -> list[CallCost]:
    """Measure calls with audio of several lengths at 16 kHz."""
    with ExitStack() as stack:
        streams: dict[str, VadStream] = {}
        local = cast("Vad[Any]", stack.enter_context(here(SILENT, registry)))
        worker, _ = stack.enter_context(in_workers(SILENT, registry))
        streams["here"] = local.open_stream()
        streams["worker"] = cast("Vad[Any]", worker).open_stream()
        return [_cost(streams, label, samples, rounds) for label, samples in _AUDIO]


def _cost(streams: dict[str, VadStream], label: str, samples: Samples, rounds: int) -> CallCost:
    probes = [Probe.of(name, partial(one.process, samples)) for name, one in streams.items()]
    found = in_turns(probes, Pace(rounds=rounds))
    there = found["worker"].seconds
    return CallCost(
        label, 1e6 * found["here"].seconds.median, 1e6 * there.least, 1e6 * there.median
    )
