"""A recogniser that fails in the middle of an utterance: not a sample is lost or heard twice."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from utterance_bench import DEADLINE_S, LONGEST_WAIT_S, Bench, Hang, blocks_of, undisturbed

from irene import ConfigurationError, Hypothesis

SIZES = (1600, 1, 333, 1600, 80)
"""blocks as an input may bring them"""
CALLS = range(len(SIZES) + 3)
"""open_stream, accept of each block, finish, close"""
CLOSE = CALLS[-1]


def raising(error):
    """Return a fault that raises."""

    def fault(block):
        raise error

    return fault


def scribble(block):
    """Write into the window, as an engine that works in place would; else just fail."""
    if block is None:
        raise ValueError("nothing to write into")
    block[:] = 0


FAULTS = {
    "raises": raising(OSError("boom")),
    "refuses": raising(ConfigurationError("language: not this one")),
    "exits": raising(SystemExit(3)),
    "is interrupted": raising(KeyboardInterrupt()),
    "raises what is no exception": raising(BaseException("odd")),
    "returns text": lambda block: "hello",
    "returns a hypothesis of nothing": lambda block: Hypothesis(None, True),
    "returns words that are none": lambda block: Hypothesis("a", True, words=("a",)),
    "writes into the window": scribble,
}


def failing_at(call, fault):
    """Return a fault of one call."""
    return lambda number, name, block: fault(block) if number == call else None


@pytest.mark.parametrize("live", [True, False], ids=["live", "at once"])
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_the_second_recogniser_hears_what_the_first_did(call, kind, live):
    """For a failure in every call: the text is that of an undisturbed run of the second one."""
    blocks = blocks_of(*SIZES)
    bench = Bench()
    bench["first"].fault = failing_at(call, FAULTS[kind])
    utterance, heard = bench.hear(blocks, live)
    assert heard.hypothesis.text == undisturbed(blocks)
    returns_in_vain = call == CLOSE and kind.startswith("returns")
    assert heard.provider == ("first" if call == CLOSE else "second")
    assert utterance.wait_over(LONGEST_WAIT_S)
    assert len(bench.named("provider_failed")) == (0 if returns_in_vain else 1)
    opened = [stream for asr in bench.providers.values() for stream in asr.streams]
    assert all(stream.is_closed for stream in opened)


@pytest.mark.parametrize("live", [True, False], ids=["live", "at once"])
@pytest.mark.parametrize("call", CALLS)
def test_a_recogniser_that_hangs_is_left_in_every_call(call, live):
    """It is given up after its deadline, also in mid-utterance, and named; the second hears all."""
    blocks = blocks_of(*SIZES)
    bench = Bench()
    hang = bench["first"].fault = Hang(call)

    def wait_for_it(number=None):
        if hang.reached.wait(LONGEST_WAIT_S if number is None else 0):
            bench.clock.advance(DEADLINE_S)

    utterance = bench.open()
    for number, block in enumerate(blocks):
        utterance.feed(block)
        if live and number == max(0, call - 1):
            wait_for_it()
        assert not live or utterance.wait_idle(LONGEST_WAIT_S)
    utterance.end()
    if not live or call > len(blocks):
        wait_for_it()
    heard = utterance.text.result(LONGEST_WAIT_S)
    assert heard.hypothesis.text == undisturbed(blocks)
    assert heard.provider == ("first" if call == CLOSE else "second")
    bench.clock.advance(DEADLINE_S)
    assert utterance.wait_over(LONGEST_WAIT_S)
    (told,) = bench.named("call_abandoned")
    expected = {0: "open_stream", CLOSE - 1: "finish", CLOSE: "close"}.get(call, "accept")
    assert (told.provider, told.call, told.abandoned) == ("first", expected, 1)
    (hanging,) = bench.recognisers.abandoned.running
    assert (hanging.provider, hanging.call) == ("first", expected)
    hang.release.set()


@given(data=st.data())
def test_any_utterance_survives_any_number_of_failures(data):
    """Blocks of any length, failures of several recognisers, each in a call of its own."""
    sizes = data.draw(st.lists(st.integers(0, 700), min_size=1, max_size=8))
    names = [f"asr{number}" for number in range(data.draw(st.integers(1, 4)))]
    blocks = blocks_of(*sizes, seed=len(names))
    bench = Bench(*names, "last")
    for name in names:
        kind = data.draw(st.sampled_from(sorted(FAULTS)))
        call = data.draw(st.integers(0, len(sizes) + 1))
        bench[name].fault = failing_at(call, FAULTS[kind])
    _, heard = bench.hear(blocks, data.draw(st.booleans()))
    assert heard.provider == "last"
    assert heard.hypothesis.text == undisturbed(blocks)
    assert all(len(asr.streams) <= 1 for asr in bench.providers.values())


def test_the_kept_audio_is_not_replayed_in_real_time():
    """Twenty seconds of kept audio is heard by the second one while the clock stands still."""
    blocks = blocks_of(*[1600] * 200)
    bench = Bench()
    bench["first"].fault = failing_at(200, FAULTS["raises"])
    _, heard = bench.hear(blocks)
    assert (heard.provider, bench.clock.monotonic()) == ("second", 0.0)
    assert heard.hypothesis.text == undisturbed(blocks)


def test_what_is_said_during_the_replay_is_heard_after_it():
    """The live stream goes on while the second one catches up."""
    blocks = blocks_of(*SIZES)
    bench = Bench()
    bench["first"].fault = failing_at(3, FAULTS["raises"])
    opening, opened = threading.Event(), threading.Event()

    def wait(number, name, block):
        if number == 0:
            opening.set()
            opened.wait(LONGEST_WAIT_S)

    bench["second"].fault = wait
    utterance = bench.open()
    for block in blocks[:3]:
        utterance.feed(block)
    assert opening.wait(LONGEST_WAIT_S)
    for block in blocks[3:]:
        utterance.feed(block)
    opened.set()
    utterance.end()
    assert utterance.text.result(LONGEST_WAIT_S).hypothesis.text == undisturbed(blocks)


def test_a_slow_call_within_the_deadline_is_waited_for():
    """Not to have answered yet is no failure."""
    blocks = blocks_of(*SIZES)
    bench = Bench()
    hang = bench["first"].fault = Hang(2)

    def be_slow(number):
        if number == 1:
            assert hang.reached.wait(LONGEST_WAIT_S)
            bench.clock.advance(DEADLINE_S - 0.01)
            hang.release.set()

    _, heard = bench.hear(blocks, between=be_slow)
    assert (heard.provider, bench.events) == ("first", [])


def test_partial_hypotheses_come_of_the_whole_utterance():
    """The second one's first partial hypothesis is of everything that was said so far."""
    blocks = blocks_of(*SIZES)
    bench, whole = Bench(), Bench("alone")
    bench["first"].fault = failing_at(3, FAULTS["raises"])
    bench.hear(blocks)
    whole.hear(blocks)
    assert bench.partials == whole.partials
