"""Counting what answers have given to an output, several of them at the same time."""

import threading
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st
from worker_bench import PATIENCE_S

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


def test_the_next_process_is_told_all_that_was_written_until_it_was_there(monkeypatch):
    """Also what another answer had written to the one that died while this one waited."""
    made = IsolatedOutput(NoOutput(), None)
    monkeypatch.setattr(made, "load", lambda: None)
    told = []
    talk = SimpleNamespace(open=lambda method, rate, number, written: told.append(written))

    def waited_for():
        made._written.add(8000, 20)
        return talk

    made.pool = SimpleNamespace(number=lambda: 1, talk=waited_for)
    made.open_stream(8000)
    assert told == [{8000: 20}]
