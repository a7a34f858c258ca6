"""The simulation of the router: exact, repeatable, right where theory knows the answer."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.components.routing.strategies import STRATEGIES, StrategyName
from irene.studies.routing_simulation.arrivals import Poisson
from irene.studies.routing_simulation.engines import ALWAYS, Engine, Fault
from irene.studies.routing_simulation.ledger import End
from irene.studies.routing_simulation.queueing import (
    md1_mean_s,
    mmc_mean_s,
    mmc_wait_quantile_s,
)
from irene.studies.routing_simulation.scenarios import Scenario, all_scenarios
from irene.studies.routing_simulation.service_times import Constant, Exponential, LogNormal
from irene.studies.routing_simulation.simulation import SETTINGS, Plan, simulate
from irene.studies.routing_simulation.studies import at_load

_NAMES = get_args(StrategyName)
_SCENARIOS = {one.name: one for one in all_scenarios()}
_PATIENT = replace(SETTINGS, strategy="least_loaded", deadline_s=None)


def plan(scenario, strategy="least_loaded", n_requests=800, **changes):
    """Return a short run."""
    return Plan(scenario, replace(SETTINGS, strategy=strategy), n_requests, **changes)


def queue(engines, rate_hz):
    """Return a run without deadlines, faults or impatience: what theory is about."""
    scenario = Scenario("queue", "", engines, Poisson(rate_hz), deadline_s=ALWAYS)
    return Plan(scenario, _PATIENT, 40_000, seed=3, patience_s=ALWAYS)


@pytest.mark.parametrize("strategy", _NAMES)
def test_the_same_seed_gives_the_same_numbers(strategy):
    """All of them; another seed gives others."""
    one = plan(_SCENARIOS["outage"], strategy)
    assert simulate(one).figures == simulate(one).figures
    assert simulate(one).changes == simulate(one).changes
    assert simulate(one).figures != simulate(replace(one, seed=2)).figures


@pytest.mark.parametrize("name", _SCENARIOS)
@pytest.mark.parametrize("strategy", _NAMES)
def test_every_request_ends_once_and_no_engine_has_more_than_its_places(name, strategy):
    """In every scenario, with every strategy."""
    scenario = _SCENARIOS[name]
    figures = simulate(plan(scenario, strategy)).figures
    assert sum(figures.ends.values()) == figures.n_requests == 800
    for engine in scenario.engines:
        assert figures.most_at_once[engine.name] <= engine.places


_ENGINES = st.builds(
    Engine,
    name=st.just("x"),
    service=st.builds(LogNormal, st.floats(0.05, 1.0), st.floats(0.1, 1.0)),
    places=st.integers(1, 3),
    weight=st.sampled_from([0.0, 0.5, 1.0, 3.0]),
    faults=st.lists(
        st.builds(
            Fault,
            begin_s=st.floats(0.0, 20.0),
            lasts_s=st.floats(0.5, 10.0),
            every_s=st.floats(12.0, 40.0),
            error_share=st.sampled_from([0.0, 0.3, 1.0]),
            slow_down=st.sampled_from([1.0, 8.0]),
            is_hung=st.booleans(),
            is_loading=st.booleans(),
        ),
        max_size=2,
    ),
)


@given(
    engines=st.lists(_ENGINES, min_size=1, max_size=4),
    rate_hz=st.floats(0.5, 30.0),
    strategy=st.sampled_from(_NAMES),
    patience_s=st.sampled_from([0.0, 0.5, 5.0]),
    is_probed=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_no_request_is_lost_in_any_fleet(engines, rate_hz, strategy, patience_s, is_probed, seed):
    """Whatever breaks: each request ends once, each place is given back, limits hold."""
    fleet = [replace(one, name=f"e{number}") for number, one in enumerate(engines)]
    scenario = Scenario("any", "", fleet, Poisson(rate_hz))
    chosen = replace(SETTINGS, strategy=strategy)
    run = simulate(Plan(scenario, chosen, 200, seed, patience_s, is_probed))
    assert sum(run.figures.ends.values()) == 200
    assert all(run.figures.most_at_once[one.name] <= one.places for one in fleet)
    assert [one.snapshot.in_flight for one in run.stats.providers] == [0] * len(fleet)


def test_an_engine_that_never_comes_back_keeps_its_places():
    """It is never asked again, and the others answer."""
    hung = Engine("hung", Constant(0.2), 2, faults=[Fault(is_hung=True)])
    scenario = Scenario("hung", "", [hung, Engine("well", Constant(0.2), 2)], Poisson(3.0))
    run = simulate(plan(scenario, "primary_fallback", 300))
    assert run.figures.attempts["hung"] == 2
    assert run.figures.ends[End.ANSWERED] == 300
    assert run.stats.providers[0].snapshot.in_flight == 2


def test_one_engine_is_an_mm1_queue():
    """Mean time 1 / (mu - lambda), which is also that of an exponential distribution."""
    run = simulate(queue([Engine("only", Exponential(0.2))], 3.5))
    mean_s = mmc_mean_s(1, 3.5, 0.2)
    assert run.figures.mean_stay_s == pytest.approx(mean_s, rel=0.05)
    assert np.quantile(run.ledger.answer_s, 0.95) == pytest.approx(-np.log(0.05) * mean_s, rel=0.07)


def test_constant_times_are_an_md1_queue():
    """Half of the wait (Pollaczek and Khinchine)."""
    run = simulate(queue([Engine("only", Constant(0.2))], 3.5))
    assert run.figures.mean_stay_s == pytest.approx(md1_mean_s(3.5, 0.2), rel=0.05)


@pytest.mark.parametrize("strategy", ["round_robin", "least_loaded"])
def test_equal_engines_that_let_nobody_wait_in_vain_are_an_mmc_queue(strategy):
    """Three engines of two places: who waits, waits for any, as in Erlang's formula for six."""
    engines = [Engine(name, Exponential(0.4), 2) for name in "abc"]
    one = queue(engines, 12.0)
    run = simulate(replace(one, settings=replace(one.settings, strategy=strategy)))
    assert run.figures.mean_stay_s == pytest.approx(mmc_mean_s(6, 12.0, 0.4), rel=0.04)
    wanted_s = mmc_wait_quantile_s(6, 12.0, 0.4, 0.9)
    assert np.quantile(run.ledger.wait_s, 0.9) == pytest.approx(wanted_s, rel=0.1)


@pytest.mark.parametrize("name", ["equal", "outage", "tail", "overload"])
def test_littles_law_holds(name):
    """L = lambda W: numbers that are present over time, against stays that are added up."""
    figures = simulate(plan(_SCENARIOS[name], "hedged")).figures
    rate_hz = figures.n_requests / figures.seconds
    assert figures.mean_present == pytest.approx(rate_hz * figures.mean_stay_s, rel=1e-6)


def test_engines_are_busy_for_as_long_as_the_load_says():
    """Work is neither lost nor made up: lambda times the mean service time."""
    scenario = _SCENARIOS["equal"]
    figures = simulate(plan(scenario, "round_robin", 20_000)).figures
    places = sum(engine.places for engine in scenario.engines)
    busy = sum(figures.busy_s.values()) / figures.seconds / places
    assert busy == pytest.approx(scenario.load, rel=0.03)


def _backwards(one):
    return 0, -one.position, 0.0, one.position


def test_strategies_are_the_routers_own(monkeypatch):
    """Another rank in the router's table, and the simulation asks the last one first."""
    quiet = at_load(_SCENARIOS["equal"], 0.02)
    monkeypatch.setitem(STRATEGIES, "round_robin", _backwards)
    attempts = simulate(plan(quiet, "round_robin", 200)).figures.attempts
    assert attempts["c"] > 180


def test_arrivals_are_the_same_for_every_strategy():
    """What differs is what the strategy does."""
    began = []
    for strategy in ("round_robin", "least_loaded"):
        run = simulate(plan(replace(_SCENARIOS["bursts"], deadline_s=ALWAYS), strategy, 300))
        began.append(run.ledger.arrivals)
    assert began[0] == began[1]
