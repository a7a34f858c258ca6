"""Which sample lies at which audio time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.timeline import Timeline


def test_without_losses_a_time_is_a_number_over_the_rate():
    """The usual case."""
    timeline = Timeline(16000)
    assert timeline.time_s(8000) == 0.5
    assert timeline.number(0.5) == 8000


def test_what_lies_behind_a_loss_is_later():
    """Half a second is missing before sample 16000; what lies before it stays."""
    timeline = Timeline(16000)
    timeline.jump(16000, 0.5)
    assert timeline.time_s(16000) == 1.5
    assert timeline.time_s(15999) == pytest.approx(1.0, abs=1e-4)
    assert timeline.number(1.5) == 16000
    assert timeline.number(0.5) == 8000


def test_a_time_within_a_loss_is_the_first_sample_behind_it():
    """Nothing is there to be found."""
    timeline = Timeline(16000)
    timeline.jump(16000, 0.5)
    assert timeline.number(1.25) == 16000


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(1, 300)), max_size=12),
    st.integers(0, 800),
)
def test_numbers_and_times_agree_with_a_plain_table(parts, last):
    """Against a list that holds the time of every sample; also when old losses are forgotten."""
    timeline, times, now = Timeline(1000), [], 0
    for length, lost in parts:
        times += range(now, now + length)
        now += length + lost
        timeline.jump(len(times), lost / 1000)
    times += range(now, now + last)
    for number, time in enumerate(times):
        assert timeline.time_s(number) == pytest.approx(time / 1000)
        assert timeline.number(time / 1000) == number
        assert timeline.behind_s(number + 1) == pytest.approx((time + 1) / 1000)
    timeline.forget(len(times) // 2)
    for number in range(len(times) // 2, len(times)):
        assert timeline.time_s(number) == pytest.approx(times[number] / 1000)
        assert timeline.number(times[number] / 1000) == number
        assert timeline.behind_s(number + 1) == pytest.approx((times[number] + 1) / 1000)
