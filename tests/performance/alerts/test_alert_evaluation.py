"""Scripted measurements in virtual time: when an alert begins, when it ends, when it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.config.sections import AlertRule
from irene.performance.alerts.evaluation import FORGOTTEN_S, LONGEST_GAP_S, Alerts
from irene.performance.alerts.figures import Figure, Figures, Series, compared
from irene.telemetry.catalogue import METRICS
from irene.telemetry.histogram import Histogram
from irene.telemetry.metrics import Metric, MetricKind, Reading
from irene.testing import VirtualClock

DEPTH = "irene_queue_depth"


def rule(**keys):
    return AlertRule(**{"name": "deep", "metric": DEPTH, "threshold": 10.0, **keys})


def gauge(value, n=1, statistic="value", **labels):
    return Series(DEPTH, labels, {statistic: Figure(value, n)})


class Script:
    """Looks once a second, at one value after the other; None is not measured."""

    def __init__(self, *rules):
        self.clock = VirtualClock()
        self.alerts = Alerts(rules, self.clock)

    def run(self, *values, every_s=1.0):
        """Return what changed, with the second in which it did."""
        told = []
        for value in values:
            self.clock.advance(every_s)
            measured = [] if value is None else [gauge(value)]
            for change in self.alerts.look(measured):
                state = "cleared" if change.is_over else "raised"
                told.append((self.clock.monotonic(), state))
        return told


def test_an_alert_begins_when_it_was_wrong_for_long_enough():
    """Three seconds without a break."""
    assert Script(rule(for_s=3)).run(11, 11, 11, 11, 11) == [(4, "raised")]


def test_without_a_time_it_begins_at_once():
    """The first look that is wrong."""
    assert Script(rule()).run(5, 11) == [(2, "raised")]


def test_a_moment_in_between_begins_the_time_anew():
    """It was not wrong without a break."""
    assert Script(rule(for_s=3)).run(11, 11, 11, 9, 11, 11, 11, 11) == [(8, "raised")]


def test_exactly_the_threshold_is_allowed():
    """Beyond it is wrong."""
    assert Script(rule()).run(10, 10.001) == [(2, "raised")]


def test_it_ends_at_the_threshold_unless_told_otherwise():
    """And tells how long it lasted."""
    script = Script(rule())
    assert script.run(11, 12) == [(1, "raised")]
    script.clock.advance(1)
    (change,) = script.alerts.look([gauge(10.0)])
    assert (change.is_over, change.value, change.lasted_s) == (True, 10.0, 2.0)


def test_flapping_between_the_limits_is_one_alert():
    """Between the threshold and the value at which it clears nothing changes."""
    script = Script(rule(clear=5))
    assert script.run(11, 9, 11, 6, 11, 5.1, 5, 11) == [
        (1, "raised"),
        (7, "cleared"),
        (8, "raised"),
    ]


def test_what_should_be_high_is_wrong_below():
    """The other way round, also for the end."""
    hits = rule(threshold=0.7, when="below", clear=0.8)
    assert Script(hits).run(0.7, 0.69, 0.75, 0.8) == [(2, "raised"), (4, "cleared")]


def test_what_is_not_measured_is_not_wrong():
    """The time begins anew after a gap."""
    assert Script(rule(for_s=2)).run(11, 11, None, 11, 11, 11) == [(6, "raised")]


def test_a_gap_does_not_end_an_alert():
    """Nobody knows that it is better."""
    assert Script(rule()).run(11, None, None, 11, 4) == [(1, "raised"), (5, "cleared")]


def test_an_alert_about_what_is_never_measured_again_ends():
    """A provider that has gone is late no more."""
    script = Script(rule())
    script.run(11)
    found = script.run(*[None] * int(FORGOTTEN_S + 5))
    assert found == [(1 + FORGOTTEN_S, "cleared")]
    assert script.run(None, None) == []


def test_a_sleeping_machine_is_no_evidence():
    """The time begins anew when nobody looked for long."""
    script = Script(rule(for_s=60))
    script.run(11)
    assert script.run(11, every_s=LONGEST_GAP_S + 100) == []
    assert script.run(*[11] * 60) == [(1 + LONGEST_GAP_S + 100 + 60, "raised")]


def test_a_restart_begins_with_nothing():
    """The first look of another run raises what is wrong then, by its own time."""
    first = Script(rule(for_s=3))
    assert first.run(11, 11) == []
    assert Script(rule(for_s=3)).run(11, 11, 11, 11) == [(4, "raised")]


def test_each_series_has_an_alert_of_its_own():
    """One that is well does not end that of another."""
    alerts = Alerts([rule()], VirtualClock())
    (raised,) = alerts.look([gauge(11.0, queue="a"), gauge(1.0, queue="b")])
    assert raised.series == 'irene_queue_depth{queue="a"}'
    (raised,) = alerts.look([gauge(11.0, queue="a"), gauge(12.0, queue="b")])
    assert raised.series == 'irene_queue_depth{queue="b"}'
    assert [(series, value) for _, series, value in alerts.firing] == [
        ('irene_queue_depth{queue="a"}', 11.0),
        ('irene_queue_depth{queue="b"}', 12.0),
    ]


def test_labels_choose_the_series():
    """Others are not looked at."""
    alerts = Alerts([rule(labels={"queue": "b"})], VirtualClock())
    assert alerts.look([gauge(11.0, queue="a")]) == []
    assert len(alerts.look([gauge(11.0, queue="b", lane="1")])) == 1


def test_too_few_measurements_say_nothing():
    """The 95th percentile of three times is the longest of three times."""
    alerts = Alerts([rule(statistic="p95", min_n=20)], VirtualClock())
    assert alerts.look([gauge(11.0, n=19, statistic="p95")]) == []
    assert len(alerts.look([gauge(11.0, n=20, statistic="p95")])) == 1


def test_a_rule_that_is_off_is_not_looked_at():
    """That is how one that irene comes with is silenced."""
    assert Script(rule(enabled=False)).run(11, 11) == []


def test_a_rule_that_has_gone_ends_its_alert():
    """One that is the same goes on; the new ones begin."""
    stays, goes = rule(name="stays"), rule(name="goes")
    clock = VirtualClock()
    alerts = Alerts([stays, goes], clock)
    assert len(alerts.look([gauge(11.0)])) == 2
    clock.advance(5)
    (end,) = alerts.take([stays, rule(name="new")])
    assert (end.rule.name, end.is_over, end.value, end.lasted_s) == ("goes", True, None, 5.0)
    assert [change.rule.name for change in alerts.look([gauge(11.0)])] == ["new"]
    assert alerts.take([stays, rule(name="new")]) == []


values = st.lists(st.one_of(st.none(), st.integers(0, 20).map(float)), max_size=40)


@given(values=values, for_s=st.integers(0, 5), clear=st.integers(0, 10))
def test_begin_and_end_come_in_turns(values, for_s, clear):
    """Whatever is measured: never two beginnings, and each of them has a reason."""
    script = Script(rule(for_s=for_s, clear=float(clear)))
    told = script.run(*values)
    assert [state for _, state in told] == (["raised", "cleared"] * len(told))[: len(told)]
    for second, state in told:
        before = values[: int(second)]
        if state == "raised":
            assert all(value is not None and value > 10 for value in before[-for_s - 1 :])
        else:
            assert before[-1] <= clear


# What is compared

CALLS = Metric("irene_asr_calls_total", MetricKind.COUNTER, "calls", ("provider", "result"))
FREE = Metric("irene_queue_free_ratio", MetricKind.GAUGE, "free")


def counted(hits, misses=0.0):
    return [
        Reading(CALLS, ("vosk", "hit"), float(hits)),
        Reading(CALLS, ("vosk", "miss"), float(misses)),
    ]


def figure(series, statistic, **labels):
    found = [one for one in series if dict(one.labels) == labels and statistic in one.figures]
    return found[0].figures[statistic] if found else None


def test_a_rate_is_growth_per_second_of_the_last_minute():
    """A burst is forgotten a minute later."""
    figures = Figures()
    hit = {"provider": "vosk", "result": "hit"}
    assert figure(figures.of(counted(100), 0.0), "rate", **hit) is None
    assert figure(figures.of(counted(130), 10.0), "rate", **hit).value == 3.0
    for second in range(20, 71, 10):
        rate = figure(figures.of(counted(130), float(second)), "rate", **hit)
    assert rate.value == 0.0


def test_a_counter_that_begins_anew_does_not_go_back():
    """A provider was loaded again: what it counted before is not taken away."""
    figures = Figures()
    figures.of(counted(100), 0.0)
    hit = {"provider": "vosk", "result": "hit"}
    assert figure(figures.of(counted(20), 10.0), "rate", **hit).value == 2.0


def test_a_share_is_hits_of_all_within_ten_minutes():
    """How many there were is known, so that few can be left out."""
    figures = Figures()
    figures.of(counted(0, 0), 0.0)
    share = figure(figures.of(counted(30, 10), 60.0), "share", provider="vosk")
    assert (share.value, share.n) == (0.75, 40)
    for minute in range(2, 20):
        found = figures.of(counted(30, 10), 60.0 * minute)
    assert figure(found, "share", provider="vosk") is None


def test_a_time_is_told_by_its_quantiles():
    """Those of the window, with the number of times in it; nothing before there is one."""
    metric = Metric("irene_asr_seconds", MetricKind.HISTOGRAM, "times", (), (0.1, 1.0))
    histogram = Histogram(max_samples=100)
    assert Figures().of([Reading(metric, (), histogram.distribution())], 0.0)[0].figures == {}
    for number in range(200):
        histogram.observe(number / 1000)
    (series,) = Figures().of([Reading(metric, (), histogram.distribution())], 0.0)
    assert series.figures["p50"] == Figure(pytest.approx(0.1495), 100)
    assert series.figures["mean"] == Figure(pytest.approx(0.0995), 200)
    assert series.figures["max"].value == 0.199


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_is_no_measurement(value):
    """A division by nothing raises no alert."""
    (series,) = Figures().of([Reading(FREE, (), value)], 0.0)
    assert series.figures == {}


def test_only_what_a_rule_looks_at_is_compared():
    """Of a hundred figures a few; a rule that is switched off looks at none."""
    metrics = [metric for metric in METRICS if not metric.labels][:3]
    readings = [Reading(metric, (), 1.0) for metric in metrics]
    rules = [
        AlertRule(name="on", metric=metrics[0].name, threshold=1.0),
        AlertRule(name="off", metric=metrics[1].name, threshold=1.0, enabled=False),
    ]
    assert compared(readings, rules) == readings[:1]
