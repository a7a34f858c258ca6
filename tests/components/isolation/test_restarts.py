"""When a worker that died is started again: held against a plain reference."""

from hypothesis import given
from hypothesis import strategies as st

from irene.components.isolation.restarts import RestartPolicy, RestartSettings

SETTINGS = RestartSettings(
    window_s=100.0,
    first_delay_s=1.0,
    longest_delay_s=4.0,
    most_deaths=5,
    quarantine_s=50.0,
    longest_quarantine_s=150.0,
)
TIMES = st.lists(st.floats(0.0, 200.0), max_size=60)


def reference(times):
    """Return what should be decided about deaths at these times, in the plainest words."""
    decided, counted, n_quarantines, last_s, last_quarantine_s = [], [], 0, None, 0.0
    for now_s in times:
        counted = [one for one in counted if one > now_s - 100.0]
        if last_s is not None and now_s - last_s > 100.0 + last_quarantine_s:
            n_quarantines, last_quarantine_s = 0, 0.0
        counted.append(now_s)
        last_s = now_s
        if len(counted) == 5:
            last_quarantine_s = min(150.0, 50.0 * 2**n_quarantines)
            decided.append((last_quarantine_s, 5, True))
            n_quarantines += 1
            counted = []
        else:
            delay_s = [0.0, 1.0, 2.0, 4.0][len(counted) - 1]
            decided.append((delay_s, len(counted), False))
    return decided


@given(TIMES)
def test_every_decision_is_that_of_the_reference(gaps):
    """At once, then after 1, 2 and 4 s; the fifth death within the window is a quarantine."""
    times = [sum(gaps[: index + 1]) for index in range(len(gaps))]
    policy = RestartPolicy(SETTINGS)
    decided = [policy.died(now_s) for now_s in times]
    assert [(one.delay_s, one.deaths, one.is_quarantine) for one in decided] == reference(times)


@given(st.integers(1, 400))
def test_no_wait_is_longer_than_it_may_be(deaths):
    """However often it dies: the numbers do not overflow either."""
    policy = RestartPolicy(SETTINGS)
    for _ in range(deaths):
        restart = policy.died(0.0)
        assert 0.0 <= restart.delay_s <= (150.0 if restart.is_quarantine else 4.0)


def test_the_defaults_are_patient_and_end():
    """Four deaths in five minutes are waited for; the fifth is left alone for a minute."""
    policy = RestartPolicy()
    waits = [policy.died(float(second)).delay_s for second in range(5)]
    assert waits == [0.0, 0.5, 1.0, 2.0, 60.0]
