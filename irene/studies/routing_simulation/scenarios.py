"""Fleets and what happens to them: the cases in which strategies are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from irene.studies.routing_simulation.arrivals import (
    Arrivals,
    Bursts,
    Poisson,
    Rush,
    Satellites,
)
from irene.studies.routing_simulation.engine_times import POCKETSPHINX_S
from irene.studies.routing_simulation.engines import Engine, Fault
from irene.studies.routing_simulation.service_times import (
    Constant,
    LogNormal,
    Mixture,
    Pareto,
    ServiceTime,
    scaled,
)

DEADLINE_S = 3.0
"""after that nobody waits any more"""
_USUAL = LogNormal(0.3, 0.5)
"""a small recogniser that gets whole commands: 0.3 s, one of 20 takes 0.7 s"""
_AT_ONCE = Constant(0.01)
"""time to an error that needs no work: a refused connection, a dead worker"""


@dataclass(frozen=True)
class Scenario:
    """A fleet, requests, and what goes wrong."""

    name: str
    """word of the command line"""
    story: str
    """what happens, in half a sentence"""
    engines: Sequence[Engine]
    """the providers, in the order of the configuration"""
    arrivals: Arrivals
    deadline_s: float = DEADLINE_S
    """longest that a request may take, retries included"""
    poison_share: float = 0.0
    """share of the requests that no engine can answer: each raises after its usual time"""

    @property
    def load(self) -> float:
        """Share of what the fleet could answer in health that arrives."""
        return self.arrivals.rate_hz / sum(engine.capacity_hz for engine in self.engines)


_SPELL = Fault(begin_s=60.0, lasts_s=60.0, every_s=300.0)
"""faults that come and go are there for one minute of five"""
_OUT = replace(_SPELL, error_share=1.0, error_after=_AT_ONCE)


def _engines(
    *faulty: Sequence[Fault], service: ServiceTime = _USUAL, places: int = 2
) -> tuple[Engine, ...]:
    """Return three equal engines, the first of which have these faults."""
    faults = (*faulty, (), (), ())
    return tuple(
        Engine(name, service, places, faults=faults[number]) for number, name in enumerate("abc")
    )


def _scenario(name: str, story: str, engines: Sequence[Engine], load: float) -> Scenario:
    """Return a scenario of people who know nothing of each other."""
    rate_hz = load * sum(engine.capacity_hz for engine in engines)
    return Scenario(name, story, engines, Poisson(rate_hz))


def all_scenarios() -> tuple[Scenario, ...]:
    """Return the cases that strategies are compared in."""
    return (*healthy(), *sick(), *crowded())


def healthy() -> tuple[Scenario, ...]:
    """Return fleets with nothing wrong, and users who leave them room."""
    slow = Engine("c", LogNormal(0.75, 0.5), 2)
    tail = Mixture(LogNormal(0.25, 0.4), Pareto(1.0, 1.5), 0.03)
    two_kinds = Mixture(LogNormal(0.2, 0.2), LogNormal(1.2, 0.2), 0.1)
    measured = scaled(POCKETSPHINX_S, 0.4)
    rooms = Satellites(n=200, each_s=22.0, rest_s=5.0)
    bursts = Bursts(0.2 * _CAPACITY_HZ, size=6.0, pause_s=0.3)
    return (
        _scenario("equal", "three equal engines", _engines(), 0.6),
        _scenario("one-slow", "the last takes 2.5 times as long", (*_engines()[:2], slow), 0.5),
        _scenario("tail", "3 % of the requests take a second or much more", _all_with(tail), 0.4),
        _scenario("bimodal", "a tenth takes six times as long", _all_with(two_kinds), 0.5),
        Scenario("satellites", "200 rooms, times of a real engine", _all_with(measured), rooms),
        Scenario("bursts", "a household: silence, then six at once", _engines(), bursts),
    )


def sick() -> tuple[Scenario, ...]:
    """Return fleets in which something is wrong."""
    out = _OUT
    hole = replace(_SPELL, error_share=0.4, error_after=_AT_ONCE)
    half = replace(_SPELL, error_share=0.5)
    flapping = Fault(5.0, 5.0, 10.0, error_share=1.0, error_after=_AT_ONCE)
    cold = Fault(0.0, 5.0, 60.0, is_loading=True)

    def first(name: str, story: str, fault: Fault, load: float = 0.5) -> Scenario:
        return _scenario(name, story, _engines([fault]), load)

    return (
        first("flaky", "the first fails every tenth time", Fault(error_share=0.1)),
        first("grey", "the first fails three of ten", replace(_SPELL, error_share=0.3)),
        first("black-hole", "the first fails four of ten, at once", hole),
        first("brown-out", "the first takes eight times as long", replace(_SPELL, slow_down=8.0)),
        first("outage", "the first refuses everything", out),
        first("hang", "the first does not come back", replace(_SPELL, is_hung=True)),
        first("flapping", "the first is out for 5 s of 10", flapping),
        first("cold-start", "the first loads for 5 s of 60", cold),
        _scenario("two-out", "two of three refuse everything", _engines([out], [out]), 0.3),
        first("tight", "an outage with nothing to spare", out, 0.8),
        _scenario("storm", "all fail every other time", _engines([half], [half], [half]), 0.7),
        replace(
            _scenario("poison", "2 % of the requests make every engine fail", _engines(), 0.5),
            poison_share=0.02,
        ),
    )


def everything() -> Scenario:
    """Return a fleet to which all of it happens, now and then, alone and together."""
    both = replace(_OUT, begin_s=1000.0, every_s=5300.0)
    all_ = replace(_OUT, begin_s=3000.0, lasts_s=10.0, every_s=11000.0)
    first = (
        replace(_OUT, begin_s=600.0, every_s=3700.0),
        Fault(1500.0, 120.0, 7300.0, slow_down=8.0),
        Fault(2500.0, 60.0, 8900.0, is_hung=True),
    )
    second = (
        Fault(2000.0, 300.0, 6100.0, error_share=0.3),
        Fault(4000.0, 30.0, 9700.0, is_hung=True),
        Fault(100.0, 60.0, 10100.0, slow_down=4.0),
    )
    third = (
        Fault(0.0, 5.0, 4300.0, is_loading=True),
        Fault(3300.0, 120.0, 7900.0, error_share=0.4, error_after=_AT_ONCE),
        Fault(error_share=0.01),
    )
    story = "outages of one, two and all, hangs, brown-outs, restarts, bad requests"
    fleet = _engines((*first, both, all_), (*second, both, all_), (*third, all_))
    return replace(_scenario("everything", story, fleet, 0.5), poison_share=0.002)


def crowded() -> tuple[Scenario, ...]:
    """Return fleets that are asked for more than they can."""
    rush = Rush(0.4 * _CAPACITY_HZ, 1.6 * _CAPACITY_HZ, every_s=120.0, lasts_s=20.0)
    return (
        Scenario("rush", "1.6 times what it can for 20 s of 120", _engines(), rush),
        _scenario("overload", "1.3 times what it can, for ever", _engines(), 1.3),
    )


def _all_with(service: ServiceTime) -> tuple[Engine, ...]:
    return _engines(service=service)


_CAPACITY_HZ = sum(engine.capacity_hz for engine in _engines())
"""requests a second that the usual fleet can answer"""
