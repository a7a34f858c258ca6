"""Measuring works in turns: what counts, what stands apart, and what ends it."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_works import CONTROL_S, measured, measuring, work
from synthetic import VirtualTimer

from irene.errors import ProviderUnavailableError
from irene.performance.benchmark.measuring import MOST_ROUNDS
from irene.performance.benchmark.work.work import Outcome
from irene.performance.speech.word_errors import WordErrors


def failing(*turns):
    """Return a call that raises in some turns and takes a second in the others."""

    def make(timer):
        def call(turn):
            if turn in turns or not turns:
                timer.work(50.0)
                raise OSError("the engine is out of order")
            timer.work(1.0)
            return Outcome()

        return call

    return make


def test_loading_warming_up_and_the_first_call_are_in_no_time():
    """They are told apart: what a person waits for once is not what they wait for each time."""
    timer = VirtualTimer()
    slow_at_first = work(
        timer,
        lambda turn: 9.0 if turn == 0 else 0.5,
        load=lambda: timer.work(3.0),
        warm_up=lambda: timer.work(2.0),
    )
    (found,) = measured([slow_at_first], timer)
    assert (found.cold.load_s, found.cold.warm_up_s, found.cold.first_call_s) == (3.0, 2.0, 9.0)
    assert found.calls.most_s == pytest.approx(0.5)
    assert found.seconds.median == pytest.approx(0.5)


@settings(max_examples=6, deadline=None)
@given(call_s=st.floats(1e-6, 20.0), seconds=st.floats(0.1, 60.0))
def test_calls_and_rounds_fit_the_time_and_the_clock(call_s, seconds):
    """A round is long enough for the clock, or has a hundred calls; rounds fill the time."""
    timer = VirtualTimer()
    (found,) = measured([work(timer, call_s)], timer, seconds=seconds)
    n_calls, n_rounds = found.rounds[0].n_calls, len(found.rounds)
    assert n_calls == 100 or n_calls * call_s >= 0.02 * (1 - 1e-6)
    assert 5 <= n_rounds <= MOST_ROUNDS
    affordable = math.floor(seconds / (n_calls * call_s) * (1 + 1e-9))
    assert n_rounds <= max(5, affordable)
    assert found.calls.n == sum(one.n_calls for one in found.rounds)


@settings(max_examples=5, deadline=None)
@given(iterations=st.integers(1, 40))
def test_what_is_asked_for_is_done_and_no_more(iterations):
    """So many calls, each a round; and one before, and one of which the memory is traced."""
    timer, turns = VirtualTimer(), []
    one = work(timer, lambda turn: turns.append(turn) or 0.1)
    (found,) = measured([one], timer, iterations=iterations)
    assert found.calls.n == len(found.rounds) == iterations
    assert turns == list(range(iterations + 2))


def test_each_round_has_the_yardstick_beside_it():
    """The machine becomes slower and slower: times do, and times in yardsticks do not."""
    timer = VirtualTimer()
    speed = {"now": 1.0}

    def slower(turn):
        speed["now"] *= 1.1
        return 0.5 * speed["now"]

    one = measuring(timer, seconds=20.0)
    one._yardstick._work = lambda: timer.work(CONTROL_S * speed["now"])
    (found,) = one.measured([work(timer, slower)])
    assert found.seconds.drift > 1.0
    assert abs(found.relative.drift) < 0.1
    assert found.relative.median == pytest.approx(500.0, rel=0.1)


def test_calls_that_fail_are_counted_and_not_timed():
    """Not even when they take longest."""
    timer = VirtualTimer()
    call = failing(1, 3)(timer)
    (found,) = measured([work(timer, 0, call=call)], timer, iterations=6)
    assert found.calls.n == 4
    assert found.calls.most_s == pytest.approx(1.0)
    assert (found.n_failed, found.failures) == (2, ("OSError: the engine is out of order",))


def test_a_part_that_always_fails_is_left_out_and_the_others_go_on():
    """It is told with its reason, as broken."""
    timer = VirtualTimer()
    one = measuring(timer, iterations=3)
    broken = work(timer, 0, "broken", call=failing()(timer))
    found = one.measured([broken, work(timer, 1.0, "well")])
    assert [each.provider for each in found] == ["well"]
    ((name, reason, is_broken),) = one.left_out
    assert (name, is_broken) == ("vad broken", True)
    assert reason == "it failed every time: OSError: the engine is out of order"


def test_a_part_that_cannot_be_loaded_is_left_out():
    """With what its error says; whoever comes after it is measured."""
    timer = VirtualTimer()

    def load():
        raise ProviderUnavailableError("its model is missing; irene models install it")

    one = measuring(timer, iterations=2)
    found = one.measured([work(timer, 1.0, "gone", load=load), work(timer, 1.0)])
    assert [each.provider for each in found] == ["made_up"]
    assert one.left_out == [("vad gone", "its model is missing; irene models install it", True)]


def test_everything_is_put_away_whatever_happens():
    """Also what was not begun with when somebody pressed Ctrl-C."""
    timer, closed = VirtualTimer(), []

    def interrupted(turn):
        raise KeyboardInterrupt

    works = [
        work(timer, interrupted, "a", close=lambda: closed.append("a")),
        work(timer, 1.0, "b", close=lambda: closed.append("b")),
    ]
    one = measuring(timer)
    assert one.measured(works) == []
    assert one.is_interrupted
    assert closed == ["a", "b"]


def test_what_was_measured_before_ctrl_c_is_kept():
    """Three rounds were done, and three rounds there are."""
    timer = VirtualTimer()

    def interrupted_later(turn):
        if turn == 4:
            raise KeyboardInterrupt
        return 1.0

    one = measuring(timer, iterations=100)
    (found,) = one.measured([work(timer, interrupted_later)])
    assert one.is_interrupted
    assert len(found.rounds) == 3


def test_a_part_that_was_interrupted_before_its_first_round_is_left_out():
    """It has no time, and it is not broken."""
    timer = VirtualTimer()

    def interrupted(turn):
        if turn == 1:
            raise KeyboardInterrupt
        return 1.0

    one = measuring(timer, seconds=1.0)
    assert one.measured([work(timer, interrupted)]) == []
    assert one.is_interrupted
    one = measuring(timer, iterations=3)
    assert one.measured([work(timer, interrupted)]) == []
    assert one.left_out == [("vad made_up", "interrupted before its first round", False)]


def test_no_round_begins_after_the_limit():
    """What was measured until then is kept, and it is told that there was no time for more."""
    timer = VirtualTimer()
    one = measuring(timer, iterations=50, limit_s=10.0)
    (found,) = one.measured([work(timer, 3.0)])
    assert one.is_late
    assert len(found.rounds) == 4


def test_parts_take_turns_in_an_order_that_changes():
    """A slow minute hits all of them."""
    timer, order = VirtualTimer(), []
    works = [work(timer, lambda turn, name=name: order.append(name) or 1.0, name) for name in "abc"]
    measured(works, timer, iterations=8)
    rounds = order[3 : 3 + 24]
    turns = {tuple(rounds[at : at + 3]) for at in range(0, 24, 3)}
    assert all(sorted(turn) == ["a", "b", "c"] for turn in turns)
    assert len(turns) > 1


def test_word_errors_are_those_of_the_first_call():
    """Later turns leave out some milliseconds of the recordings."""
    timer = VirtualTimer()

    def call(turn):
        timer.work(1.0)
        return Outcome(errors=WordErrors(substitutions=turn, n_reference=4))

    (found,) = measured([work(timer, 0, call=call)], timer, iterations=3)
    assert found.accuracy == WordErrors(0, 0, 0, 4)


def test_other_figures_are_medians_and_audio_that_is_made_counts():
    """A voice hears nothing and makes two seconds: its real-time factor is of these."""
    timer = VirtualTimer()
    firsts = iter([9.0, 1.0, 2.0, 30.0, 9.0])

    def call(turn):
        timer.work(0.5)
        return Outcome(2.0, further={"first_audio_ms": next(firsts)})

    (found,) = measured([work(timer, 0, call=call)], timer, iterations=3)
    assert found.further == {"first_audio_ms": 2.0}
    assert found.audio_s == 2.0
    assert found.rtf == pytest.approx(0.25)


def test_memory_of_a_call_is_measured_apart():
    """What numpy allocates counts; the call of which it was traced is in no time."""
    import numpy as np

    timer = VirtualTimer()

    def call(turn):
        timer.work(0.1)
        np.zeros(1_000_000, np.uint8)
        return Outcome()

    (found,) = measured([work(timer, 0, call=call)], timer, iterations=2)
    assert found.peak_kb == pytest.approx(1000, rel=0.05)
    assert found.calls.n == 2


def test_processor_time_is_taken_where_it_is_asked_for():
    """Another program takes three quarters: the work itself is as long as ever."""
    timer = VirtualTimer()

    def call(turn):
        timer.work(1.0, 0.25)
        return Outcome()

    (found,) = measured([work(timer, 0, call=call)], timer, iterations=3, clock="cpu")
    assert found.seconds.median == found.calls.p50_s == pytest.approx(0.25)
    assert found.rounds[0].call_s == pytest.approx(1.0)
