"""What queueing theory says of systems that can be computed, to test the simulator with."""

from __future__ import annotations

import math


def erlang_c(n_servers: int, offered: float) -> float:
    """Return the probability that a request has to wait in an M/M/c queue (Erlang, 1917).

    Args:
        n_servers: c, at least 1.
        offered: mean number of busy servers, the rate times the mean service time; below c.
    """
    blocked = 1.0
    for number in range(1, n_servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    busy = offered / n_servers
    return blocked / (1 - busy + busy * blocked)


def mmc_mean_s(n_servers: int, rate_hz: float, service_s: float) -> float:
    """Return the mean time from arrival to answer in an M/M/c queue, seconds."""
    waits = erlang_c(n_servers, rate_hz * service_s)
    return service_s + waits * service_s / (n_servers - rate_hz * service_s)


def mmc_wait_quantile_s(n_servers: int, rate_hz: float, service_s: float, share: float) -> float:
    """Return the wait for a server that this share of requests does not exceed, seconds."""
    waits = erlang_c(n_servers, rate_hz * service_s)
    leaves_hz = n_servers / service_s - rate_hz
    return max(0.0, math.log(waits / (1 - share)) / leaves_hz)


def md1_mean_s(rate_hz: float, service_s: float) -> float:
    """Return the mean time from arrival to answer in an M/D/1 queue (Pollaczek and Khinchine)."""
    busy = rate_hz * service_s
    return service_s * (1 + busy / (2 * (1 - busy)))
