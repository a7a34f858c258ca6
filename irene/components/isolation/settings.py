"""How a provider's workers are run."""

from __future__ import annotations

from dataclasses import dataclass, field

from irene.components.isolation.restarts import RestartSettings

_LONGEST_CALL_S = 30.0
_SHORTEST_LIMIT_S = 5.0
"""a call that takes less is no hang, whatever the deadline"""


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker may take before it is given up."""

    workers: int = 1
    """processes"""
    memory_limit_mb: float | None = None
    """resident memory of each, 10^6 bytes; None: no limit"""
    start_s: float = 60.0
    """longest time to load and warm up"""
    call_s: float = _LONGEST_CALL_S
    """longest call; a recogniser has more for what it has heard before"""
    silence_s: float = 15.0
    """longest time without a sign of life, once it is loaded: every thread of it is stopped, or one
    of them holds the interpreter"""
    wait_s: float = 10.0
    """longest wait of a call for a worker that is being started again"""
    close_s: float = 1.0
    """time that the provider has to close"""
    restarts: RestartSettings = field(default_factory=RestartSettings)
    """what happens after a death"""


def longest_call_s(deadline_ms: float | None) -> float:
    """Return the time after which a call counts as hung: well after its deadline, if it has one.

    Whoever is only late is passed over by the router; ending it would make it later still.
    """
    if deadline_ms is None:
        return _LONGEST_CALL_S
    return max(_SHORTEST_LIMIT_S, 2 * deadline_ms / 1000)
