"""A recogniser that is asked after the others: its time, and its end."""

import threading

import pytest
from waiting import until

from irene import Intent, IntentMatcher, IntentRecognizer
from irene.components.calls.deadline import LateError, Limit
from irene.components.chain.candidate import Candidate
from irene.components.understanding.tiers import Tier
from irene.components.understanding.time_left import TimeLeft


class Slow(IntentRecognizer[None]):
    """Opens when it may, and its matcher answers when it may."""

    name = "slow"

    def __init__(self):
        super().__init__()
        self.may_open, self.may_match, self.opens = (threading.Event() for _ in range(3))
        self.n_closed_matchers = 0

    def open_matcher(self, sources):
        """Wait."""
        self.opens.set()
        assert self.may_open.wait(60)
        return _Matcher(self)

    def read_folder(self, folder):
        """There are none."""
        return []


class _Matcher(IntentMatcher):
    def __init__(self, owner):
        self.owner = owner

    def match(self, text, language, context=None):
        self.owner.may_match.wait(60)
        return Intent("Test", text)

    def close(self):
        self.owner.n_closed_matchers += 1


@pytest.fixture
def slow():
    """Return a recogniser that is let go in the end."""
    recognizer = Slow()
    yield recognizer
    recognizer.may_open.set()
    recognizer.may_match.set()


def test_loading_and_matching_share_one_time(slow):
    """What was spent on waiting until it is ready is not there once more for the answer."""
    tier = Tier(Candidate("slow", slow), lambda name, error: None)
    tier.read([])
    tier.open()
    slow.may_open.set()
    times_s = iter([0.0, 0.0, 59.75, 59.75])
    left = TimeLeft(Limit(60.0, "assistant.intent_timeout_ms"), lambda: next(times_s))
    with pytest.raises(LateError, match=r"its share of assistant\.intent_timeout_ms = 250$"):
        tier.match("a", "en", {}, left)


def test_a_tier_that_is_closed_while_it_opens_is_freed_as_the_others_are(slow):
    """By whoever counts and names what hangs."""
    freed = []
    done = threading.Event()

    def free(candidate):
        freed.append(candidate.name)
        if len(freed) == 2:
            done.set()

    tier = Tier(Candidate("slow", slow), lambda name, error: None)
    tier.read([])
    tier.open()
    assert slow.opens.wait(60)
    tier.close((), free)
    slow.may_open.set()
    assert done.wait(60)


def test_a_recogniser_that_works_on_elsewhere_is_not_freed_when_its_tier_opens_late(slow):
    """A reload keeps the engine, and lets only the tier go."""
    tier = Tier(Candidate("slow", slow), lambda name, error: None)
    tier.read([])
    tier.open()
    assert slow.opens.wait(60)
    tier.close((slow,), lambda candidate: None)
    slow.may_open.set()
    until(lambda: slow.n_closed_matchers)
    with tier._opening:
        assert slow.is_loaded
