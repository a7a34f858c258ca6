"""The place of the matcher that serves: others are put in while it is asked, and closed in time."""

import threading

import pytest

from irene import IntentMatcher
from irene.components.understanding import tiers
from irene.components.understanding.tiers import MatcherSlot


class Counted(IntentMatcher):
    """Counts how often it was closed; `on_close` is done then."""

    def __init__(self, on_close=lambda: None):
        self.n_closed, self._on_close = 0, on_close

    def match(self, text, language, context=None):
        """Nothing is understood."""
        return None

    def close(self):
        """Count."""
        self.n_closed += 1
        self._on_close()


@pytest.fixture
def failures():
    """Return what was told of matchers that could not be closed."""
    return []


@pytest.fixture
def slot(failures):
    """Return a slot without a matcher."""
    return MatcherSlot("words", lambda name, error: failures.append((name, str(error))))


def test_the_matcher_before_is_left_open_for_who_asks_it_still(slot):
    """The one before that is closed: three are never there at once."""
    matchers = [Counted() for _ in range(3)]
    for matcher in matchers:
        assert slot.put(matcher)
    assert slot.current is matchers[2]
    assert [matcher.n_closed for matcher in matchers] == [1, 0, 0]


def test_the_same_matcher_again_changes_nothing(slot):
    """Recognisers may return the one that they have."""
    matcher = Counted()
    assert slot.put(matcher)
    assert slot.put(matcher)
    assert (slot.current, matcher.n_closed) == (matcher, 0)


def test_all_are_closed_at_the_end_and_who_comes_late_at_once(slot):
    """A recogniser may be compiling its sentences when the assistant ends."""
    matchers = [Counted(), Counted()]
    for matcher in matchers:
        slot.put(matcher)
    slot.close()
    late = Counted()
    assert not slot.put(late)
    assert slot.current is None
    assert [matcher.n_closed for matcher in (*matchers, late)] == [1, 1, 1]


def test_a_matcher_that_cannot_be_closed_is_told_and_the_next_one_closed(slot, failures):
    """What an engine does at its end is no reason to leave another one open."""

    def broken():
        raise RuntimeError("no such table")

    before, after = Counted(broken), Counted(broken)
    slot.put(before)
    slot.put(after)
    slot.close()
    assert (before.n_closed, after.n_closed) == (1, 1)
    assert failures == [("words", "matcher not closed: RuntimeError: no such table")] * 2


def test_a_matcher_that_hangs_while_it_is_closed_is_left(slot, failures, monkeypatch):
    """Nobody waits for it for ever."""
    monkeypatch.setattr(tiers, "CLOSE_S", 0.05)
    released = threading.Event()
    slot.put(Counted(lambda: released.wait(30)))
    slot.close()
    released.set()
    assert failures == [("words", "matcher not closed within 0.05 s: it hangs")]
