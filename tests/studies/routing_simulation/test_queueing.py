"""The formulas that the simulator is judged by, judged by their own special cases."""

import math

import pytest

from irene.studies.routing_simulation.queueing import (
    erlang_c,
    md1_mean_s,
    mmc_mean_s,
    mmc_wait_quantile_s,
)


@pytest.mark.parametrize("busy", [0.1, 0.5, 0.9])
def test_with_one_server_a_request_waits_as_often_as_it_is_busy(busy):
    """M/M/1: the probability to wait is the load, the mean time 1 / (mu - lambda)."""
    assert erlang_c(1, busy) == pytest.approx(busy)
    assert mmc_mean_s(1, busy, 1.0) == pytest.approx(1 / (1 - busy))


@pytest.mark.parametrize(("n_servers", "offered"), [(2, 1.2), (5, 4.0), (12, 9.5)])
def test_erlangs_formula_is_the_sum_that_it_stands_for(n_servers, offered):
    """Computed term by term, with factorials."""
    full = offered**n_servers / math.factorial(n_servers) * n_servers / (n_servers - offered)
    others = sum(offered**k / math.factorial(k) for k in range(n_servers))
    assert erlang_c(n_servers, offered) == pytest.approx(full / (others + full))


def test_half_of_the_waits_are_below_their_median():
    """The wait is 0 for those who do not wait, exponential for the others."""
    assert mmc_wait_quantile_s(1, 0.4, 1.0, 0.5) == 0.0
    assert mmc_wait_quantile_s(1, 0.8, 1.0, 0.9) == pytest.approx(math.log(8.0) / 0.2)


def test_constant_service_halves_the_wait():
    """M/D/1 against M/M/1."""
    assert md1_mean_s(0.5, 1.0) - 1.0 == pytest.approx((mmc_mean_s(1, 0.5, 1.0) - 1.0) / 2)
