"""Whether to believe a measurement: what speaks against it, each reason in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from irene.performance.benchmark.comparison import FEWEST_ROUNDS, WEAKNESSES
from irene.performance.benchmark.measurement import Measurement

_MOST_CONTROL_DRIFT = 0.05
_MOST_CONTROL_SPREAD = 0.05
_MOST_FAILED = 0.1


def judged(one: Measurement, clock_s: float, waits: bool, broke_off: str = "") -> Measurement:
    """Return a measurement with what speaks against it.

    Args:
        one: what was measured.
        clock_s: smallest step of the clock, seconds.
        waits: whether the work waits, or is done by other processes: then it is no sign of a
            disturbed machine that this one did not work all the time.
        broke_off: why its rounds ended early; empty when they did not.
    """
    doubts = (broke_off,) if broke_off else ()
    return replace(one, doubts=(*doubts, *_doubts(one, clock_s, waits)))


def _doubts(one: Measurement, clock_s: float, waits: bool) -> Iterator[str]:
    if len(one.rounds) < FEWEST_ROUNDS:
        yield f"only {len(one.rounds)} round{'s' * (len(one.rounds) != 1)}"
    n = one.n_failed + one.calls.n
    if one.n_failed > _MOST_FAILED * n:
        yield f"{one.n_failed} of {n} calls failed"
    series = one.series
    for weakness in WEAKNESSES:
        if weakness.waits_matter and waits:
            continue
        if (degree := weakness.degree(series, clock_s)) > weakness.most:
            yield weakness.what.format(f"{100 * degree:.0f} %")
    control = one.control
    if abs(control.drift) > _MOST_CONTROL_DRIFT:
        yield f"the machine's own speed changed by {100 * control.drift:+.0f} % meanwhile"
    if control.relative > _MOST_CONTROL_SPREAD:
        yield f"the machine's own speed scatters by {100 * control.relative:.0f} %"
