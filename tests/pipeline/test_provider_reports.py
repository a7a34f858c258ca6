"""What is told of the providers of one slot, from the router that shares the work among them."""

import pytest

from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing, Terms
from irene.components.routing.outcome import Outcome
from irene.components.routing.settings import RoutingSettings
from irene.domain.events import ProviderFailed
from irene.domain.kinds import Kind
from irene.errors import ProviderFailedError
from irene.pipeline.provider_reports import reports_of
from irene.pipeline.state import RunState
from irene.testing import ScriptedAsr, VirtualClock


class Slot:
    """Two recognisers, on a virtual clock."""

    def __init__(self, strategy="primary_fallback"):
        self.clock = VirtualClock()
        self.state = RunState(self.clock)
        candidates = [Candidate(name, ScriptedAsr()) for name in ("first", "second")]
        terms = {"second": Terms(weight=3.0)}
        sharing = Sharing(RoutingSettings(strategy=strategy), terms)
        report = self.state.note
        self.chain = ProviderChain(Kind.ASR, candidates, report, sharing, self.clock)

    def call(self, seconds, outcome=Outcome.SUCCESS):
        """Make a call that takes so long and ends so."""
        lease = self.chain.lease()
        self.clock.advance(seconds)
        lease.end(outcome)

    def reports(self):
        """Return the reports by name, in their order."""
        return {
            report.name: report
            for report in reports_of(self.chain, ("first", "second"), self.state)
        }


def test_before_the_first_call_nothing_is_claimed():
    """No share, no times."""
    first, second = Slot().reports().values()
    assert (first.calls, first.share, first.latency_ms, first.p95_ms) == (0, None, None, None)
    assert (first.serves, second.serves) == (True, False)
    assert (first.weight, second.weight) == (1.0, 3.0)
    assert first.max_concurrency == ScriptedAsr.capabilities.max_concurrency


def test_calls_are_counted_by_how_they_ended():
    """That nothing was said is an answer, too; a call that nobody wanted any more is neither."""
    slot = Slot()
    for outcome in (Outcome.SUCCESS, Outcome.EMPTY, Outcome.SILENCE, Outcome.SLOW):
        slot.call(0.1, outcome)
    slot.call(0.1, Outcome.CANCELLED)
    first = slot.reports()["first"]
    assert (first.calls, first.succeeded, first.slow, first.failed) == (5, 3, 1, 0)


def test_times_are_those_of_the_answers():
    """In milliseconds."""
    slot = Slot()
    for _ in range(100):
        slot.call(0.25)
    first = slot.reports()["first"]
    assert (first.latency_ms, first.p95_ms) == (250.0, 250.0)


def test_what_a_provider_works_on_is_told():
    """While the call lasts."""
    slot = Slot()
    lease = slot.chain.lease()
    assert slot.reports()["first"].in_flight == 1
    lease.end(Outcome.SUCCESS)
    assert slot.reports()["first"].in_flight == 0


def test_shares_are_those_that_were_given_out():
    """They follow the weights where the strategy does."""
    slot = Slot("round_robin")
    for _ in range(40):
        slot.call(0.01)
    shares = {name: report.share for name, report in slot.reports().items()}
    assert shares == {"first": 0.25, "second": 0.75}


def test_whoever_failed_is_left_alone_and_tells_for_how_long():
    """Less and less, then it is tried; the failure keeps its time."""
    slot = Slot()
    lease = slot.chain.lease()
    slot.chain.give_up(lease, ProviderFailedError("it broke"))
    slot.clock.advance(0.5)
    reports = slot.reports()
    assert list(reports) == ["second", "first"]
    first = reports["first"]
    assert (first.circuit, first.failed) == ("open", 1)
    before_s = first.retry_s
    assert before_s > 0
    slot.clock.advance(before_s / 2)
    assert slot.reports()["first"].retry_s == pytest.approx(before_s / 2, abs=0.001)
    assert first.last_failure.reason == "it broke"
    assert first.last_failure.at == "2030-01-01T00:00:00+00:00"
    slot.clock.advance(before_s)
    assert slot.reports()["first"].circuit == "half_open"


def test_whoever_is_out_comes_last():
    """With nothing but the reason."""
    slot = Slot()
    slot.chain.drop("first", "no model")
    reports = slot.reports()
    assert list(reports) == ["second", "first"]
    assert reports["first"].circuit == "out"
    assert reports["first"].last_failure.reason == "no model"
    assert reports["second"].serves


def test_the_failure_of_another_slot_is_not_its_own():
    """Names may be the same in two slots."""
    slot = Slot()
    slot.state.note(ProviderFailed(kind="tts", provider="first", reason="no voice"))
    assert slot.reports()["first"].last_failure is None


def test_whoever_was_never_to_be_in_the_slot_is_not_out():
    """A voice of another language fails in the same kind, and is somebody else's matter."""
    slot = Slot()
    slot.state.note(ProviderFailed(kind="asr", provider="stranger", reason="no model"))
    assert list(slot.reports()) == ["first", "second"]
