"""`python -m irene.studies.overhead.router`: what the router adds to a call, beside other ways.

The call itself returns at once, so that nothing but the way to it is measured. All providers are
well; each has a limit and a deadline.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from irene.components.calls.watch import CallWatch
from irene.components.chain.candidate import Candidate
from irene.components.chain.failover import FailoverStream
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.routing.in_time import in_time
from irene.components.routing.router import Router
from irene.components.routing.settings import Member, RoutingSettings
from irene.components.routing.strategies import STRATEGIES, StrategyName
from irene.domain.clock import SystemClock
from irene.domain.events import Event
from irene.domain.kinds import Kind
from irene.performance.benchmark.command import Command, Figure
from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.goal import Goal
from irene.performance.benchmark.probe import Probe
from irene.performance.benchmark.rounds import Pace
from irene.providers.results import share
from irene.providers.vad import Vad, VadStream
from irene.studies.listening_cost.silent_engines import SilentVad

BLOCK = "router"
"""name of the measured block of the page"""
N_PROVIDERS = 3
DEADLINE_S = 3.0
_N_CALLS = 200
"""calls within one run of an event loop"""
_DIRECT = "a direct call"
_WAIT_FOR = "asyncio.wait_for"
_ROUTED = "router"
_WATCHED = "as a session does, watched"
_WINDOW = np.zeros(SilentVad.capabilities.window, np.float32)
_TIMED = "router, with a timer of the event loop"
CALL_GOALS = (
    Goal("a call, healthy path, deadline included", _ROUTED, 5.0),
    Goal("the same, with a timer of the event loop", _TIMED, 5.0),
)

Ask = Callable[[], object]


def call_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure a call by the default strategy, with its deadline, beside asyncio's own way."""
    loop = asyncio.new_event_loop()
    try:
        router = router_of("primary_fallback")
        probes = (
            Probe(_ROUTED, _many(partial(_routed, router)), _N_CALLS),
            Probe(_TIMED, _many_in(loop, partial(_timed, router, loop)), _N_CALLS),
            Probe(_WAIT_FOR, _many_in(loop, _waited_for), _N_CALLS),
            Probe(_DIRECT, _many(answer), _N_CALLS),
        )
        title = f"One call, {N_PROVIDERS} providers, all well, with a deadline"
        comparison = Comparison("call", title, _ROUTED, "one call", goals=CALL_GOALS)
        return comparison.measured(probes, pace)
    finally:
        loop.close()


def strategy_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure a call by each strategy."""
    probes = [
        Probe(name, _many(partial(_routed, router_of(name))), _N_CALLS) for name in STRATEGIES
    ]
    goals = tuple(Goal(f"a call with {name}", name, 5.0) for name in STRATEGIES)
    title = f"One call by each strategy, {N_PROVIDERS} providers, all well, with a deadline"
    comparison = Comparison("strategy", title, "primary_fallback", "one call", goals=goals)
    return comparison.measured(probes, pace)


def leaving_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure a blocking call on a thread of its own, which a hung engine can be left with."""
    router = router_of("primary_fallback")
    left = "on a thread that can be left"
    probes = (
        Probe.of(left, partial(_on_thread, router)),
        Probe(_ROUTED, _many(partial(_routed, router)), _N_CALLS),
    )
    title = "One blocking call that is left at its deadline, when its engine hangs"
    return Comparison("leaving", title, left, "one call").measured(probes, pace)


def window_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure a window of a session, which can be left when it hangs, in each of three ways."""
    stream = SilentVad().open_stream()
    watched, timed = (_session(limit_s) for limit_s in (None, DEADLINE_S))
    probes = (
        Probe(_WATCHED, _many(partial(_hear, watched)), _N_CALLS),
        Probe("on a thread of its own, with deadline_ms", _many(partial(_hear, timed)), _N_CALLS),
        Probe(_DIRECT, _many(lambda: share(stream.process(_WINDOW))), _N_CALLS),
    )
    try:
        title = "One window of a VAD that answers at once, and can be left when it hangs"
        return Comparison("window", title, _WATCHED, "one window").measured(probes, pace)
    finally:
        watched.close()
        timed.close()


def _session(deadline_s: float | None) -> FailoverStream[Vad[Any], VadStream]:
    """Return a session at a VAD whose calls are watched, or have a deadline."""
    candidates: list[Candidate[Vad[Any]]] = [Candidate("silent", SilentVad())]
    sharing = Sharing(RoutingSettings(deadline_s=deadline_s))
    chain: ProviderChain[Vad[Any]] = ProviderChain(Kind.VAD, candidates, _ignore, sharing)
    return FailoverStream(chain, lambda vad: vad.open_stream(), CallWatch(DEADLINE_S))


def _hear(session: FailoverStream[Vad[Any], VadStream]) -> None:
    session.hear(_WINDOW, 0.0, share)


def _ignore(event: Event) -> None:
    """Nobody listens to the events."""


FIGURES: dict[str, Figure] = {
    "call": call_cost,
    "strategy": strategy_cost,
    "leaving": leaving_cost,
    "window": window_cost,
}
"""by the names that `--only` takes"""
main = Command(
    "irene.studies.overhead.router",
    "Measure what the router adds to a call, beside a direct call and asyncio.wait_for.",
    BLOCK,
    FIGURES,
).run


def answer() -> int:
    """Stand for an engine that answers at once."""
    return 1


def router_of(strategy: StrategyName) -> Router[Ask]:
    """Return a router of providers that answer at once."""
    members: list[Member[Ask]] = [
        Member(f"provider {place}", answer, max_concurrency=4, deadline_s=DEADLINE_S)
        for place in range(N_PROVIDERS)
    ]
    return Router("asr", members, RoutingSettings(strategy), SystemClock())


def _routed(router: Router[Ask]) -> object:
    lease = router.lease()
    limits = lease.deadline_s, lease.hedge_after_s
    if limits[0] is None:
        raise AssertionError("every provider has a deadline")
    made = lease.candidate()
    lease.end()
    return made


async def _timed(router: Router[Ask], loop: asyncio.AbstractEventLoop) -> object:
    lease = router.lease()
    timer = loop.call_later(DEADLINE_S, lease.late)
    made = lease.candidate()
    timer.cancel()
    lease.end()
    return made


async def _waited_for() -> object:
    return await asyncio.wait_for(_answer_async(), DEADLINE_S)


async def _answer_async() -> object:
    return answer()


def _on_thread(router: Router[Ask]) -> None:
    lease = router.lease()
    in_time(lease, lease.candidate, "answer")
    lease.end()


def _many(call: Callable[[], object]) -> Callable[[int], None]:
    def run(n_loops: int) -> None:
        for _ in range(n_loops * _N_CALLS):
            call()

    return run


def _many_in(
    loop: asyncio.AbstractEventLoop, call: Callable[[], Awaitable[object]]
) -> Callable[[int], None]:
    async def calls(number: int) -> None:
        for _ in range(number):
            await call()

    def run(n_loops: int) -> None:
        loop.run_until_complete(calls(n_loops * _N_CALLS))

    return run


if __name__ == "__main__":
    sys.exit(main())
