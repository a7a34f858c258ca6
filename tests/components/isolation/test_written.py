"""Counting what answers have given to an output, several of them at the same time."""

import threading
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker_bench import PATIENCE_S

from irene import DeviceError
from irene.components.isolation.playing import IsolatedOutput, Written
from irene_plugins.outputs.none import NoOutput


@given(st.lists(st.tuples(st.sampled_from((8000, 16000, 48000)), st.integers(0, 10**6))))
def test_samples_of_each_rate_are_counted_in_the_order_of_the_rates(blocks):
    """As a plain dictionary would; what was returned once does not change."""
    written, plain = Written(), {}
    for rate, n_samples in blocks:
        before = written.so_far()
        kept = dict(before)
        written.add(rate, n_samples)
        assert before == kept
        plain[rate] = plain.get(rate, 0) + n_samples
    assert list(written.so_far().items()) == list(plain.items())


class Interrupted(int):
    """A number of samples in whose addition another thread gets its turn."""

    def __radd__(self, other):
        """Add, after whoever wants to had every chance to come in between."""
        self.begun.set()
        self.others_turn.wait(0.01)
        return other + int(self)


def test_two_answers_that_are_written_at_once_are_both_counted():
    """The one does not put back what the other one has counted meanwhile."""
    written, slow = Written(), Interrupted(100)
    slow.begun, slow.others_turn = threading.Event(), threading.Event()
    first = threading.Thread(target=written.add, args=(8000, slow))
    first.start()
    assert slow.begun.wait(PATIENCE_S)
    written.add(8000, 20)
    slow.others_turn.set()
    first.join(PATIENCE_S)
    assert written.so_far() == {8000: 120}


def test_two_new_rates_that_are_opened_at_once_come_in_the_order_of_their_opening():
    """A rate that is known waits for nobody; one that cannot be opened is none."""
    written, opened = Written(), []

    def open_next():
        with written.opening(16000) as so_far:
            opened.append(dict(so_far))

    written.add(48000, 5)
    other = threading.Thread(target=open_next)
    with written.opening(8000):
        other.start()
        other.join(0.01)
        with written.opening(48000) as so_far:
            assert so_far == {48000: 5}
        assert opened == []
    other.join(PATIENCE_S)
    assert opened == [{48000: 5, 8000: 0}]
    with pytest.raises(DeviceError), written.opening(1):
        raise DeviceError("no such rate")
    assert list(written.so_far()) == [48000, 8000, 16000]


def test_the_next_process_is_told_all_that_was_written_until_it_was_there(monkeypatch):
    """Also what another answer had written to the one that died while this one waited."""
    made = IsolatedOutput(NoOutput(), None)
    monkeypatch.setattr(made, "load", lambda: None)
    told = []
    told_to = SimpleNamespace(number=1, open=lambda *asked: told.append(asked))

    def waited_for():
        made._written.add(8000, 20)
        return told_to

    made.pool = SimpleNamespace(lease=waited_for)
    made.open_stream(8000)
    assert told == [("open_stream", 8000, 1, {8000: 20})]
