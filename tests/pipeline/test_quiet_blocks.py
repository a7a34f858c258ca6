"""What is left undone while nobody speaks is made up for, as if it had been done block by block."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.streams import Track
from irene.domain.audio import AudioChunk
from irene.pipeline.listening.renewal import NextRenewal
from irene.pipeline.run import Run
from irene.studies.audio_core.listening import Microphone
from irene.studies.listening_cost.silent_assistant import SilentAssistant

RATE = 16000
BLOCK = RATE // 10


@given(
    blocks=st.lists(st.integers(1, 3000), min_size=1, max_size=30),
    window=st.sampled_from([160, 480, 512, 1280]),
    keep_s=st.floats(0.0, 0.5),
    first=st.integers(0, 5000),
)
def test_passing_over_at_the_end_is_passing_over_block_by_block(blocks, window, keep_s, first):
    """Also when more has come since: what counts is where it ended."""
    track = Track(RATE, 1.0, None)
    track.begin_at(first, 0.0)
    position = first
    for block in blocks:
        track.append(np.zeros(block, np.int16))
        position = track.passed_over(position, keep_s, window)
    end = track.history.end
    track.append(np.zeros(100, np.int16))
    assert track.passed_over(first, keep_s, window, end) == position


@pytest.fixture
def assistant():
    """Lend an assistant whose gate has closed."""
    one = SilentAssistant(Microphone(RATE, 100), RATE, trigger={"gate_db": 6.0})
    one.clock_s = 0.0
    dice = np.random.default_rng(0)

    def hear(level, n_blocks=1):
        for _ in range(n_blocks):
            samples = (level * dice.standard_normal(BLOCK)).astype(np.int16)
            one.listener.feed(AudioChunk(samples, RATE, one.clock_s))
            one.clock_s += 0.1

    one.hear_level = hear
    hear(30.0, 20)
    yield one
    one.close()


def test_audio_time_goes_on_in_silence(assistant):
    """Events that somebody else tells are stamped with it."""
    events = assistant.listener._events
    before = events.now_s
    assistant.hear_level(30.0, 5)
    assert events.now_s == pytest.approx(before + 0.5, abs=0.02)


def test_what_silence_took_belongs_to_no_session(assistant):
    """The time of the stages counts from the last quiet block on."""
    assistant.hear_level(30.0, 10)
    last_s = assistant.ear.clock.monotonic()
    assistant.hear_level(30.0)
    assistant.hear_level(6000.0)
    costs = assistant.ear.costs
    assert last_s <= costs.since_s <= assistant.ear.clock.monotonic()
    assert costs.measure("resample").calls == 1


def test_blocks_are_to_be_long_until_something_is_heard(assistant):
    """And long again when the gate has closed."""
    wished = []
    assistant.listener.on_block = wished.append
    assistant.hear_level(30.0, 5)
    assert wished == []
    assistant.hear_level(6000.0)
    assert wished == [0.0]
    assistant.hear_level(30.0, 30)
    assert wished == [0.0, 0.1]


class _Noted:
    """A renewal that notes when it is over."""

    def __init__(self):
        self.is_done = False

    def done(self):
        self.is_done = True


def test_a_renewal_waits_for_its_moment():
    """A second one takes its place; whoever put it there is told."""
    pending, first, second = NextRenewal(), _Noted(), _Noted()
    assert pending.put(first) is None
    assert pending.put(second) is first
    assert pending.take() is second
    assert pending.take() is None
    assert not second.is_done


def test_a_renewal_is_over_when_nobody_listens_any_more():
    """Whether it was there before, or comes too late."""
    pending, first, second = NextRenewal(), _Noted(), _Noted()
    pending.put(first)
    pending.close()
    pending.put(second)
    assert first.is_done
    assert second.is_done
    assert pending.waiting is None


class _Source:
    """A voice that plays when it is told to."""

    def __init__(self):
        self.is_playing = False

    def follow(self, arrived, watch):
        """Nobody cancels anything."""

    def pass_over(self, n_samples, start_s):
        """There is nothing to clean while it is silent."""
        return not self.is_playing


def test_a_quiet_block_passes_by_all_but_the_listener(assistant):
    """Audio time and what is kept are as if it had gone the whole way."""
    run = Run(assistant.capture, _Source(), assistant.listener, None, assistant.listener._events)
    run._look_s = assistant.clock_s + 10
    end = assistant.listener._track.history.end
    assert assistant.capture.pass_over(np.zeros(BLOCK, np.int16), assistant.clock_s) == BLOCK
    assert assistant.listener._track.history.end == end + BLOCK
    assert assistant.listener._events.now_s == pytest.approx(assistant.clock_s + 0.1, abs=0.02)


def test_silence_after_an_answer_asks_for_no_more_than_before(assistant):
    """Leave to listen again is for whoever was deaf; with a wake word nobody was."""
    assistant.listener.attention.hear_again()
    assistant.hear_level(30.0, 2)
    assert not assistant.listener.attention.is_called


def test_a_loud_block_that_passes_by_the_others_opens_the_gate(assistant):
    """From then on blocks are as short as ever."""
    run = Run(assistant.capture, _Source(), assistant.listener, None, assistant.listener._events)
    run._look_s = assistant.clock_s + 10
    wished = []
    assistant.listener.on_block = wished.append
    loud = (6000 * np.random.default_rng(1).standard_normal(BLOCK)).astype(np.int16)
    assert assistant.capture.pass_over(loud, assistant.clock_s) is not None
    assert wished == [0.0]


def test_a_block_longer_than_is_processed_at_once_goes_the_whole_way(assistant):
    """There it is cut, so that decisions fall where they would with short blocks."""
    run = Run(assistant.capture, _Source(), assistant.listener, None, assistant.listener._events)
    run._look_s = assistant.clock_s + 10
    end = assistant.listener._track.history.end
    assert assistant.capture.pass_over(np.zeros(BLOCK + 1, np.int16), assistant.clock_s) is None
    assert assistant.listener._track.history.end == end


def _once_in_a_second(run):
    run._look_s = 0.0


def _own_voice(run):
    run._own_voice.is_playing = True


def _another_voice(run):
    run._next_voice = _Source()


def _a_recorder(run):
    run.flight = SimpleNamespace(is_on=True)


def _a_muted_microphone(run):
    run.microphone = SimpleNamespace(is_felt=True)


def _an_input_with_an_end(run):
    run.unheard = object()


@pytest.mark.parametrize(
    "somebody",
    [
        _once_in_a_second,
        _own_voice,
        _another_voice,
        _a_recorder,
        _a_muted_microphone,
        _an_input_with_an_end,
    ],
)
def test_a_block_that_concerns_somebody_else_goes_the_whole_way(assistant, somebody):
    """The listener has not got it then."""
    run = Run(assistant.capture, _Source(), assistant.listener, None, assistant.listener._events)
    run._look_s = assistant.clock_s + 10
    somebody(run)
    end = assistant.listener._track.history.end
    assert assistant.capture.pass_over(np.zeros(BLOCK, np.int16), assistant.clock_s) is None
    assert assistant.listener._track.history.end == end


def test_a_loss_before_a_block_that_passes_by_is_known(assistant):
    """Audio time jumps by as much."""
    listener = assistant.listener
    listener.take(np.zeros(BLOCK, np.int16), assistant.clock_s + 2.0)
    track = listener._track
    assert track.time_s(track.history.end) == pytest.approx(assistant.clock_s + 2.1, abs=1e-6)
