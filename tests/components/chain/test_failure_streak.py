"""When the providers of a stream have failed too often."""

from irene.components.chain.failure_streak import FailureStreak


def test_three_failures_per_provider_in_a_row_are_too_many():
    """With two providers the sixth; nobody at all counts as one."""
    failures = FailureStreak(10)
    too_many = []
    for n_before in range(6):
        failures.add(n_before)
        too_many.append(tuple(failures.is_too_long(n) for n in (0, 1, 2)))
    assert too_many == [(False,) * 3] * 2 + [(True, True, False)] * 3 + [(True,) * 3]


def test_failures_are_forgiven_when_it_has_worked_long_enough():
    """What counts is how far the last one is behind."""
    failures = FailureStreak(10)
    assert failures.worked(0)
    failures.add(5)
    failures.add(8)
    assert not failures.worked(17.9)
    assert failures.worked(18)
    failures.add(20)
    failures.add(21)
    assert not failures.is_too_long(1)  # as it would be if the first two still counted


def test_failures_far_apart_with_no_work_between_are_a_row():
    """Time alone heals nothing: a stream that never works is given up."""
    failures = FailureStreak(10)
    for position in (0, 100, 200):
        failures.add(position)
    assert failures.is_too_long(1)
