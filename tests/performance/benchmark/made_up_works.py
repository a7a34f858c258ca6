"""Works and measurements whose times are known beforehand."""

import random
from datetime import datetime, timezone

from synthetic import VirtualTimer
from test_conditions import QUIET

from irene.performance.benchmark.benchmark_run import BenchmarkRun
from irene.performance.benchmark.measurement import Calls, Measurement, Round
from irene.performance.benchmark.measuring import Effort, Measuring
from irene.performance.benchmark.work.work import NOTHING, Work
from irene.performance.benchmark.yardstick import Yardstick

CONTROL_S = 0.001
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=timezone.utc)


def work(timer, call_s, name="made_up", **more):
    """Return a work of which each call takes so long: a number, or a function of the turn."""

    def call(turn):
        timer.work(call_s(turn) if callable(call_s) else call_s)
        return more.get("outcome", NOTHING)

    rest = {key: value for key, value in more.items() if key != "outcome"}
    return Work("vad", name, "a made-up call", rest.pop("call", call), **rest)


def measuring(timer, **effort):
    """Return what measures on virtual time, with a yardstick of a millisecond."""
    yardstick = Yardstick(timer, lambda: timer.work(CONTROL_S))
    left_out = []
    one = Measuring(
        Effort(**effort),
        timer=timer,
        yardstick=yardstick,
        leave_out=lambda work, reason, failed: left_out.append((work.name, reason, failed)),
    )
    one.left_out = left_out
    return one


def measured(works, timer=None, **effort):
    return measuring(timer or VirtualTimer(), **effort).measured(works)


def measurement(call_s, control_s=CONTROL_S, *, component="asr", provider="sphinx", **more):
    """Return a measurement of these times: one for each round."""
    controls = control_s if isinstance(control_s, list) else [control_s] * len(call_s)
    rounds = tuple(Round(call, call, one) for call, one in zip(call_s, controls, strict=True))
    return Measurement(
        component=component,
        provider=provider,
        what="a call",
        rounds=rounds,
        calls=Calls.of(call_s),
        **more,
    )


def noisy_times(middle_s, seed, *, scatter=0.03, rounds=30):
    """Return times as a quiet machine gives them: some of them late, none of them early."""
    source = random.Random(seed)
    return [middle_s * (1 + source.expovariate(1.0) * scatter) for _ in range(rounds)]


def run_of(*measurements, conditions=QUIET, settings=None, **more):
    """Return a run with these measurements, on a quiet machine."""
    about = {
        "at": NOW,
        "version": "0.1.0",
        "config": "demo",
        "settings": settings or {"asr.default_provider": "a"},
        "recordings": "one",
        "conditions": conditions,
        "measurements": tuple(measurements),
    }
    return BenchmarkRun(**{**about, **more})
