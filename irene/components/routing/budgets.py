"""Budgets of extra calls: when everything fails, retries must not double the load."""

from __future__ import annotations


class CallBudget:
    """A token bucket: every call puts a share of a token in, every extra call takes one out.

    A reserve is filled up over time whether or not there are calls, so that rare calls may all be
    retried: this is the retry budget of Twitter Finagle. It is not thread-safe.
    """

    __slots__ = (
        *("_filled_s", "_limit", "_per_s", "_reserve", "_share", "_tokens"),
        *("refused", "spent"),
    )

    def __init__(self, share: float, reserve: float, per_s: float) -> None:
        """Allow `share` extra calls per call, and a `reserve` that grows by `per_s` each second."""
        self._share = share
        # Most that calls may save up: a quiet hour is no licence for a storm.
        self._limit = 2 * max(reserve, 1.0)
        self._reserve = reserve
        self._per_s = per_s
        self._tokens = reserve
        self._filled_s = 0.0
        self.spent = 0
        """extra calls so far, those that were made at any rate included"""
        self.refused = 0
        """extra calls that there were no tokens for"""

    @property
    def left(self) -> float:
        """Extra calls that could be made now, as of the last call."""
        return self._tokens

    def called(self) -> None:
        """Note a call."""
        if self._tokens < self._limit:
            self._tokens += self._share

    def spend(self, now_s: float, at_any_rate: bool = False) -> bool:
        """Take one token out; return False, and take none, when there is none.

        Args:
            now_s: clock time, seconds; it must not go back.
            at_any_rate: whether the call is made also without a token.
        """
        if self._tokens < self._reserve:
            grown = (now_s - self._filled_s) * self._per_s
            self._tokens = min(self._tokens + grown, self._reserve)
        self._filled_s = now_s
        if self._tokens >= 1:
            self._tokens -= 1
        elif not at_any_rate:
            self.refused += 1
            return False
        self.spent += 1
        return True


def retry_budget(share: float) -> CallBudget:
    """Return a budget for retries: a share of the calls, and ten per second at any rate."""
    return CallBudget(share, 100.0 if share > 0 else 0.0, 10.0 if share > 0 else 0.0)


def hedge_budget(share: float) -> CallBudget:
    """Return a budget for second calls: a share of the calls, after a first one.

    It bounds the extra load of hedged requests (J. Dean, L. A. Barroso, "The Tail at Scale", CACM
    56(2), 2013) also when all providers become slow at once.
    """
    return CallBudget(share, 1.0 if share > 0 else 0.0, 0.0)
