"""Sessions in the simulation: timing single windows tells the router who is fast."""

import pytest

from irene.studies.routing_simulation.sessions import (
    LISTENERS,
    STRATEGIES,
    Listener,
    Sessions,
    sessions_report,
)


def test_sessions_go_to_whoever_takes_least_for_a_window():
    """Of three engines that take 1, 2 and 8 ms, the last gets the fewest, the first the most."""
    listeners = [Listener("a", 0.008), Listener("b", 0.002), Listener("c", 0.001)]
    found = Sessions("latency_weighted").run(listeners, 600)
    taken = found.taken
    assert taken["c"] > taken["b"] > taken["a"] > 0
    assert sum(taken.values()) == 600


def test_whoever_becomes_slow_gets_next_to_no_session():
    """Turns and numbers of sessions do not show it; times of windows do."""
    slow = {
        one: Sessions(one).run(n=1500).n_into_slow for one in ("round_robin", "latency_weighted")
    }
    assert slow["latency_weighted"] < slow["round_robin"] / 3


def test_a_run_can_be_repeated():
    """Nothing depends on the machine."""
    first, second = (Sessions("least_loaded").run(n=300) for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_the_report_has_a_row_for_each_strategy():
    """With the share of each engine."""
    lines = sessions_report().splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == list(STRATEGIES)
    for line in lines[2:]:
        shares = [float(cell) for cell in line.split("|")[4 : 4 + len(LISTENERS)]]
        assert 99 <= sum(shares) <= 101
