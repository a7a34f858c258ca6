"""Audio through shared memory, everything else through a socket: what goes in comes out."""

import os
import pickle
import socket
import sys
import threading
from contextlib import suppress
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from irene import (
    ConfigurationError,
    DeviceError,
    Hypothesis,
    IreneError,
    ModelMissingError,
    ProviderFailedError,
    Word,
)
from irene.components.isolation.grammar_store import GrammarStore, SentGrammars
from irene.components.isolation.lane import Lane
from irene.components.isolation.messages import (
    error_of,
    facts_of,
    from_worker,
    packed,
    receive_bytes,
    send,
)
from irene.components.isolation.shared_region import SharedRegion
from irene.domain.clock import SystemClock
from irene.domain.grammar import Grammar
from irene.testing import VirtualClock

SHAPES = npst.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=300)
ARRAYS = st.sampled_from([np.int16, np.float32]).flatmap(lambda dtype: npst.arrays(dtype, SHAPES))


@given(st.lists(st.lists(ARRAYS, max_size=3), min_size=1, max_size=4))
def test_arrays_arrive_bit_for_bit(batches):
    """Of any shape and type, several at once, also when the memory has to grow on the way."""
    ours = SharedRegion.create()
    theirs = SharedRegion(os.dup(ours.fd))
    for number, batch in enumerate(batches):
        longer = [*batch, np.full(70_000 * number, number, np.int16)]
        places = ours.put(longer)
        for array, place in zip(longer, places, strict=True):
            assert theirs.take(place).tobytes() == array.tobytes()
            assert theirs.look(place).shape == array.shape
            assert not theirs.look(place).flags.writeable
    ours.close()
    theirs.close()


def test_a_view_outlives_its_region():
    """Whoever still looks at audio does not crash when the stream is closed."""
    region = SharedRegion.create()
    (place,) = region.put([np.arange(100, dtype=np.int16)])
    view = region.look(place)
    region.close()
    assert view.sum() == 4950


@given(
    st.one_of(st.text(), st.integers(0, 500_000).map(bytes), st.lists(st.floats(allow_nan=False)))
)
def test_messages_arrive_as_they_were_sent(message):
    """Also those that are longer than what the system passes on at once."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=send, args=(ours, message))
        sender.start()
        assert pickle.loads(receive_bytes(theirs)) == message
        sender.join()


def test_a_socket_that_was_closed_is_at_its_end():
    """In the middle of a message, too."""
    ours, theirs = socket.socketpair()
    with theirs:
        ours.sendall(b"\x10\x00\x00\x00half")
        ours.close()
        with pytest.raises(EOFError):
            receive_bytes(theirs)


@pytest.mark.parametrize(
    "value",
    [
        Hypothesis("hello", True, (Word("hello", 0.1, 0.5, 0.9),), "en", 0.5, True),
        {"hey_jarvis": np.float32(0.25), "alexa": 0.5},
        np.float64(0.1),
        None,
    ],
)
def test_what_providers_return_comes_out_of_a_worker(value):
    """irene's own types and numbers of numpy."""
    assert from_worker(packed(value)) == value


@pytest.mark.parametrize("value", [Fraction(1, 2), os.getpid, threading.Thread])
def test_what_is_of_somebody_elses_is_refused_by_name(value):
    """Nothing is imported to find out."""
    with pytest.raises(ProviderFailedError, match=r"it returned an object of \w+\."):
        from_worker(packed(value))


@given(st.binary(max_size=40))
def test_nonsense_is_one_expected_error(data):
    """A worker whose memory is broken can say anything."""
    with suppress(ProviderFailedError):
        from_worker(data)


class OddError(DeviceError):
    """A plugin's own expected error."""

    code = "odd"
    retryable = False


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("no such voice"),
        ModelMissingError("model 'x'"),
        ProviderFailedError("broke"),
        OddError("is odd"),
    ],
)
def test_errors_keep_what_is_to_be_known_of_them(error):
    """Class or the nearest of irene's own, message, code, and whether to try again."""
    facts = pickle.loads(packed(facts_of(error)))
    again = error_of(facts)
    assert isinstance(again, type(error) if type(error) is not OddError else DeviceError)
    assert (str(again), again.code, again.retryable) == (str(error), error.code, error.retryable)
    assert isinstance(again, IreneError)


def test_a_grammar_is_sent_with_content_until_it_has_arrived():
    """Then its name is enough; a store that does not have it says so."""
    grammar = Grammar.of_sentences(["turn it on", "turn it off"])
    sent, store = SentGrammars(), GrammarStore()
    first = sent.entry(grammar)
    assert sent.entry(grammar).content is not None
    assert store.find(pickle.loads(pickle.dumps(first))) == grammar
    sent.arrived(first)
    again = sent.entry(grammar)
    assert again.content is None
    assert store.find(again).digest == grammar.digest
    with pytest.raises(ProviderFailedError, match="forgotten"):
        GrammarStore().find(again)
    assert store.find("anything else") == "anything else"


@given(st.lists(st.integers(0, 30), max_size=120))
def test_what_the_catalogue_names_stands_on_the_shelf(order):
    """Both forget in the same order, the store later."""
    grammars = [Grammar.of_sentences([f"number {number}"]) for number in range(31)]
    sent, store = SentGrammars(), GrammarStore()
    for number in order:
        entry = sent.entry(grammars[number])
        assert store.find(entry) == grammars[number]
        sent.arrived(entry)


def test_a_lane_whose_call_was_left_in_the_middle_is_not_asked_again():
    """The answer that comes late would be taken for that of the next question."""
    ours, theirs = socket.socketpair()
    lane = Lane(ours, SharedRegion.create(), SystemClock(), lambda: "it died")

    class Impatient(BaseException):
        """Somebody pressed Ctrl-C."""

    class Interrupted:
        """An argument during whose sending the call is interrupted."""

        def __reduce__(self):
            raise Impatient

    with pytest.raises(Impatient):
        lane.ask(None, ("stream", "accept", (Interrupted(),)), (), 1.0)
    assert not lane.is_sound
    assert lane.due_s is None
    with pytest.raises(ProviderFailedError, match="left in the middle"):
        lane.ask(None, ("stream", "accept", ()), (), 1.0)
    lane.close()
    theirs.close()


@pytest.fixture
def asked(request):
    """A lane, and a worker's end of it that gives everything the same answer."""
    ours, theirs = socket.socketpair()
    lane = Lane(ours, SharedRegion.create(), VirtualClock(), lambda: "it died")

    def answer():
        with suppress(EOFError):
            while receive_bytes(theirs):
                send(theirs, getattr(request, "param", (True, 7, (), ())))

    worker = threading.Thread(target=answer)
    worker.start()
    yield lane
    lane.cut()
    worker.join()
    lane.close()
    theirs.close()


NONSENSE = [
    7,
    (True, 7),
    (False, "no facts", (), ()),
    (False, ("NoSuchError", "x", "y", True), (), ()),
    (True, None, ((1 << 40, "<i2", (5,)),), ()),
    (True, None, ((-64, "<i2", (5,)),), ()),
    (True, None, ((0, "nonsense", (5,)),), ()),
    (True, None, ((0, "|O", (5,)),), ()),
]


@pytest.mark.parametrize("asked", NONSENSE, indirect=True, ids=str)
def test_an_answer_that_cannot_be_one_is_an_expected_error(asked):
    """Of a worker whose memory is broken: places that do not exist, errors that nobody knows."""
    with pytest.raises(ProviderFailedError, match="it returned what cannot be read"):
        asked.ask(None, ("stream", "process", ()), (), 1.0)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no sealed memory")
def test_nobody_can_take_memory_away_from_under_the_other_side():
    """That would be a bus error there: the assistant's end."""
    region = SharedRegion.create()
    with pytest.raises(PermissionError):
        os.ftruncate(region.fd, 0)
    region.close()


def test_what_was_done_is_counted_before_the_next_process_can_be_told_of_it(asked):
    """A process is followed by the next one when its lanes are closed, and no lane is before that:
    what one answer had written would be missing in what the next process is told, and cut off."""
    closing = threading.Thread(target=asked.close)

    def count():
        closing.start()
        closing.join(0.01)
        assert closing.is_alive()

    assert asked.ask(None, ("stream", "write", ()), (), 1.0, count) == 7
    closing.join()
    with pytest.raises(ProviderFailedError):
        asked.ask(None, ("stream", "write", ()), (), 1.0, lambda: pytest.fail("it was not done"))


def test_a_call_is_late_unless_it_waits_for_what_comes_from_outside(asked):
    """Whoever lent the lane says so, of the time since which nothing may have come."""
    since = []
    asked.due_s, asked.limit_s = 30.0, 30.0
    asked.may_wait = lambda since_s: since.append(since_s) or since_s < 2.0
    assert [asked.is_late(now_s) for now_s in (29.0, 31.0, 33.0)] == [False, False, True]
    assert since == [1.0, 3.0]
    asked.may_wait = None
    assert asked.is_late(31.0)
    asked.due_s = None
    assert not asked.is_late(1000.0)
