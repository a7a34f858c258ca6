"""When streams are set aside, and when they come back."""

from itertools import pairwise

import pytest

from irene.components.voice_trigger.wake_hub.overload import Overload


def test_audio_that_waits_longer_than_allowed_is_too_late():
    """Not a moment earlier."""
    overload = Overload(0.5)
    assert not overload.is_too_late(1.0, 0.5)
    assert overload.is_too_late(1.0, 0.51)


def test_what_is_kept_gets_time_to_catch_up():
    """Half of the greatest delay; then more has to go."""
    overload = Overload(0.5)
    overload.note_given_up(1.0)
    assert not overload.is_too_late(1.2, 0.6)
    assert overload.is_too_late(1.25, 0.6)


def calm(overload, until_s, n_aside, step_s=0.125):
    """Return when streams came back, and how many each time, while nothing waits."""
    returned = []
    now_s = 0.0
    while now_s < until_s:
        overload.is_too_late(now_s, 0.0)
        if count := overload.n_returning(now_s, n_aside):
            returned.append((now_s, count))
            n_aside -= count
        now_s += step_s
    return returned


def test_streams_come_back_a_few_at_a_time_after_a_calm_second():
    """All of them in the end."""
    overload = Overload(0.5)
    overload.note_given_up(0.0)
    returned = calm(overload, 30.0, 10)
    assert returned[0] == (1.0, 3)
    assert sum(count for _, count in returned) == 10
    assert all(later - earlier == 1.0 for (earlier, _), (later, _) in pairwise(returned))


def test_nobody_comes_back_while_audio_waits_long():
    """Even if it is not too late yet."""
    overload = Overload(0.5)
    overload.note_given_up(0.0)
    for tenth in range(100):
        overload.is_too_late(tenth / 10, 0.2)
        assert overload.n_returning(tenth / 10, 5) == 0


def test_a_return_that_was_too_early_makes_the_next_one_wait_longer():
    """So a steady overload does not flicker."""
    overload = Overload(0.5)
    now_s, waits = 0.0, []
    overload.note_given_up(now_s)
    for _ in range(7):
        began_s = now_s
        while not overload.n_returning(now_s, 8):
            now_s += 0.05
        waits.append(now_s - began_s)
        overload.note_given_up(now_s)
    assert waits == pytest.approx([1, 2, 4, 8, 16, 16, 16], abs=0.1)
    overload.note_end()
    overload.note_given_up(now_s + 100)
    assert overload.n_returning(now_s + 101, 8)
