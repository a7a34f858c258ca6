"""From measurements to alerts: pending, raised, cleared, with hysteresis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from irene.config.sections import AlertRule
from irene.domain.clock import Clock
from irene.performance.alerts.figures import Figure, Series

LONGEST_GAP_S = 30.0
"""time without a look, as when the machine slept, after which nothing counts as unbroken"""
FORGOTTEN_S = 300.0
"""time without a measurement after which an alert is over"""


@dataclass(frozen=True, slots=True)
class Change:
    """An alert that begins or ends."""

    rule: AlertRule
    series: str
    """the metric with its labels"""
    value: float | None
    """what was measured; None when it is over because nothing is measured any more, or the rule is
    gone"""
    is_over: bool
    lasted_s: float = 0.0
    """how long it was on; of an end only"""


@dataclass(slots=True)
class _State:
    """One rule about one series."""

    series: str
    wrong_since_s: float | None = None
    raised_s: float | None = None
    measured_s: float = 0.0
    value: float = 0.0


class Alerts:
    """Holds rules against one look after the other; time is the clock's, and only passes there.

    A rule that looks at several series raises an alert for each of them by itself. What is not
    measured is not wrong: it starts `for_s` anew, and leaves an alert that is on as it is, for
    five minutes.
    """

    def __init__(self, rules: Iterable[AlertRule], clock: Clock) -> None:
        self._rules = tuple(rules)
        self._clock = clock
        self._states: dict[tuple[str, str], _State] = {}
        self._looked_s: float | None = None

    @property
    def firing(self) -> list[tuple[AlertRule, str, float]]:
        """The alerts that are on: rule, series, and the latest value."""
        rules = {rule.name: rule for rule in self._rules}
        return [
            (rules[name], state.series, state.value)
            for (name, _), state in self._states.items()
            if state.raised_s is not None
        ]

    @property
    def is_calm(self) -> bool:
        """Whether no alert is on, and nothing is wrong that might become one."""
        return all(
            state.raised_s is None and state.wrong_since_s is None
            for state in self._states.values()
        )

    def take(self, rules: Sequence[AlertRule]) -> list[Change]:
        """Go by other rules from now on; return the ends of alerts whose rules are others now."""
        if tuple(rules) == self._rules:
            return []
        now_s = self._clock.monotonic()
        kept = {rule.name for rule in rules if rule in self._rules}
        gone = {rule.name: rule for rule in self._rules if rule.name not in kept}
        ends = [
            _end(gone[name], state, None, now_s)
            for (name, _), state in self._states.items()
            if name in gone and state.raised_s is not None
        ]
        self._states = {key: state for key, state in self._states.items() if key[0] in kept}
        self._rules = tuple(rules)
        return ends

    def look(self, measured: Sequence[Series]) -> list[Change]:
        """Return what has changed by this look, in the order of the rules."""
        now_s = self._clock.monotonic()
        if self._looked_s is not None and now_s - self._looked_s > LONGEST_GAP_S:
            for state in self._states.values():
                state.wrong_since_s, state.measured_s = None, now_s
        self._looked_s = now_s
        changes: list[Change | None] = []
        for rule in self._rules:
            values = _values(rule, measured) if rule.enabled else {}
            for series in {**values, **self._known_of(rule)}:
                state = self._states.setdefault((rule.name, series), _State(series))
                changes.append(_judge(rule, state, values.get(series), now_s))
        return [change for change in changes if change is not None]

    def _known_of(self, rule: AlertRule) -> dict[str, None]:
        return {series: None for name, series in self._states if name == rule.name}


def _values(rule: AlertRule, measured: Sequence[Series]) -> dict[str, float]:
    """Return what a rule compares, by series."""
    found: dict[str, float] = {}
    for series in measured:
        figure = _figure(rule, series)
        if figure is not None:
            found[series.key] = figure.value
    return found


def _figure(rule: AlertRule, series: Series) -> Figure | None:
    if series.metric != rule.metric:
        return None
    if any(series.labels.get(name) != value for name, value in rule.labels.items()):
        return None
    figure = series.figures.get(rule.statistic)
    return figure if figure is not None and figure.n >= rule.min_n else None


def _judge(rule: AlertRule, state: _State, value: float | None, now_s: float) -> Change | None:
    if value is None:
        return _unmeasured(rule, state, now_s)
    state.measured_s, state.value = now_s, value
    if state.raised_s is not None:
        return _end(rule, state, value, now_s) if _is_fine(rule, value) else None
    if not _is_wrong(rule, value):
        state.wrong_since_s = None
        return None
    if state.wrong_since_s is None:
        state.wrong_since_s = now_s
    if now_s - state.wrong_since_s < rule.for_s:
        return None
    state.raised_s = now_s
    return Change(rule, state.series, value, is_over=False)


def _unmeasured(rule: AlertRule, state: _State, now_s: float) -> Change | None:
    if state.raised_s is None:
        state.wrong_since_s = None
        return None
    is_forgotten = now_s - state.measured_s >= FORGOTTEN_S
    return _end(rule, state, None, now_s) if is_forgotten else None


def _end(rule: AlertRule, state: _State, value: float | None, now_s: float) -> Change:
    lasted_s = now_s - (now_s if state.raised_s is None else state.raised_s)
    state.raised_s = state.wrong_since_s = None
    return Change(rule, state.series, value, is_over=True, lasted_s=lasted_s)


def _is_wrong(rule: AlertRule, value: float) -> bool:
    return value > rule.threshold if rule.is_above else value < rule.threshold


def _is_fine(rule: AlertRule, value: float) -> bool:
    clear = rule.threshold if rule.clear is None else rule.clear
    return value <= clear if rule.is_above else value >= clear
