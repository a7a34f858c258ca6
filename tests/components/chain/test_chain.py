"""The providers of one slot, in order of preference."""

import threading

import pytest

from irene import (
    Availability,
    ConfigurationError,
    Kind,
    ProviderFailedError,
    ProviderUnavailableError,
    Vad,
)
from irene.components.calls.deadline import LateError
from irene.components.chain.attempts import Attempts
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.routing.outcome import Outcome
from irene.components.routing.settings import BreakerSettings, RoutingSettings
from irene.testing import ScriptedVad, VirtualClock


class Missing(ScriptedVad):
    """A VAD whose engine is not installed."""

    name = "missing"

    def _check(self):
        return Availability(False, "package 'x' is not installed", "pip install x")


class Broken(ScriptedVad):
    """A VAD whose engine raises while it is loaded."""

    name = "broken"

    def _load(self):
        raise OSError("bad model\nsecond line")


class Second(ScriptedVad):
    """Another one."""

    name = "second"


def chain_of(*providers: Vad, strategy="primary_fallback", clock=None):
    """Return a chain of these providers and the list of events that it reports."""
    events = []
    candidates = [Candidate(provider.name, provider) for provider in providers]
    sharing = Sharing(RoutingSettings(strategy))
    return ProviderChain(Kind.VAD, candidates, events.append, sharing, clock), events


def told(events):
    """Return the names of events."""
    return [event.event for event in events]


def test_the_first_provider_that_loads_serves():
    """One that is missing and one that is broken are passed over, each with its reason."""
    chain, events = chain_of(Missing(), Broken(), ScriptedVad())
    assert chain.current.name == "scripted"
    assert [event.event for event in events] == [
        "provider_failed",
        "provider_failed",
        "provider_switched",
    ]
    assert "pip install x" in events[0].reason
    assert events[1].reason == "vad provider 'broken' did not load: OSError: bad model"
    assert (events[2].from_, events[2].to) == ("missing", "scripted")


def test_without_a_working_provider_every_reason_is_given():
    """The error says for each provider what is missing."""
    chain, _ = chain_of(Missing(), Broken())
    with pytest.raises(ProviderUnavailableError, match=r"pip install x.*bad model"):
        _ = chain.current


def test_an_empty_chain_names_the_key_that_fills_it():
    """No provider at all is a configuration that can be cured."""
    chain, _ = chain_of()
    with pytest.raises(ProviderUnavailableError, match=r"vad\.default_provider"):
        _ = chain.current


def test_a_provider_that_fails_at_work_goes_to_the_back():
    """The next one serves; the failed one is asked again when all others failed."""

    chain, events = chain_of(ScriptedVad(), Second())
    chain.failed(chain.current.name, RuntimeError("x"))
    assert chain.current.name == "second"
    chain.failed("second", RuntimeError("y"))
    assert chain.current.name == "scripted"
    assert told(events) == ["provider_failed", "circuit_changed", "provider_switched"] * 2


def test_a_late_failure_of_a_provider_that_serves_no_more_changes_nothing():
    """Two sessions that fail on one provider do not skip the healthy one after it."""

    chain, _ = chain_of(ScriptedVad(), Second())
    chain.failed("scripted", RuntimeError("x"))
    chain.failed("scripted", RuntimeError("x"))
    assert chain.current.name == "second"


def test_closing_the_chain_closes_what_was_loaded():
    """Providers are freed at the end of the run."""
    provider = ScriptedVad()
    chain, _ = chain_of(provider)
    assert chain.current.provider.is_loaded
    chain.close()
    assert not provider.is_loaded


class Sticky(ScriptedVad):
    """A VAD that raises when it is closed, as a library does whose device has gone."""

    name = "sticky"

    def _close(self):
        raise OSError("device gone")


@pytest.mark.parametrize("load_s", [None, 5.0])
def test_a_provider_that_raises_when_it_is_closed_keeps_no_other_open(load_s):
    """It is told, and counts as closed."""
    events, sticky, other = [], Sticky(), ScriptedVad()
    candidates = [Candidate(one.name, one) for one in (sticky, other)]
    chain = ProviderChain(Kind.VAD, candidates, events.append, Sharing(load_s=load_s))
    chain.load_all()
    chain.close()
    assert not sticky.is_loaded
    assert not other.is_loaded
    assert [event.reason for event in events] == [
        "vad provider 'sticky' did not close: OSError: device gone"
    ]


def test_whoever_fails_to_warm_up_and_to_close_is_out_and_the_next_one_serves():
    """The second failure takes nothing away from the first."""
    sticky = Sticky()
    sticky._warm_up = Broken()._load
    chain, events = chain_of(sticky, ScriptedVad())
    chain.warm_up()
    assert chain.current.name == "scripted"
    reasons = [event.reason for event in events if event.event == "provider_failed"]
    assert ["did not close" in one for one in reasons] == [True, False]


def test_a_lease_is_of_a_provider_that_is_loaded():
    """One that cannot be is out, with its reason; another one takes the call."""
    chain, events = chain_of(Missing(), ScriptedVad())
    lease = chain.lease()
    assert lease.candidate.provider.is_loaded
    assert (lease.name, told(events)) == ("scripted", ["provider_failed", "provider_switched"])
    assert [one.name for one in chain.candidates()] == ["scripted"]


def test_without_anybody_to_lease_every_reason_is_given():
    """As for `current`."""
    chain, _ = chain_of(Missing(), Broken())
    with pytest.raises(ProviderUnavailableError, match=r"pip install x.*bad model"):
        chain.lease()


def test_two_who_find_that_a_provider_cannot_be_loaded_tell_it_once():
    """Both waited for it at the same moment; the reason that is given names it once, too."""
    arrived, both_wait = [], threading.Event()

    class Awaited(Broken):
        """Cannot be loaded, which shows when two have asked for it."""

        def take_up(self):
            arrived.append(True)
            if len(arrived) == 2:
                both_wait.set()
            return super().take_up()

        def _load(self):
            assert both_wait.wait(5)
            super()._load()

    chain, events = chain_of(Awaited())
    reasons = []

    def ask():
        with pytest.raises(ProviderUnavailableError) as raised:
            chain.lease()
        reasons.append(str(raised.value))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    assert told(events) == ["provider_failed"]
    assert reasons == ["vad provider 'broken' did not load: OSError: bad model"] * 2


def test_a_call_that_raised_is_told_with_the_circuit_and_whoever_stands_in():
    """In this order; the circuit says for how long it is left alone."""
    chain, events = chain_of(ScriptedVad(), Second())
    chain.give_up(chain.lease(), RuntimeError("x"))
    assert chain.lease().name == "second"
    assert told(events) == ["provider_failed", "circuit_changed", "provider_switched"]
    circuit = events[1]
    assert (circuit.before, circuit.after) == ("closed", "open")
    usual = BreakerSettings()
    assert usual.open_s * (1 - usual.jitter) <= circuit.open_s <= usual.open_s
    assert circuit.reason == "1 of 1 calls failed, the last one failed"


def test_who_was_asked_for_what_it_does_not_do_is_as_well_as_before():
    """A refusal is told, and no failure of the provider."""
    chain, events = chain_of(ScriptedVad(), Second())
    chain.give_up(chain.lease(), ConfigurationError("no such voice"))
    assert told(events) == ["provider_failed"]
    assert chain.lease().name == "scripted"


def test_a_late_call_is_told_once_and_keeps_its_place():
    """Also when its thread comes back with an error."""
    chain, events = chain_of(ScriptedVad(), Second())
    lease = chain.lease()
    chain.late(lease, ProviderFailedError("too late"))
    chain.late(lease, ProviderFailedError("too late"))
    assert chain.in_use(lease.candidate.provider) == 1
    chain.give_up(lease, RuntimeError("after all"))
    assert chain.in_use(lease.candidate.provider) == 0
    assert told(events) == ["provider_failed", "circuit_changed"]


def test_chains_beside_each_other_count_the_calls_of_one_provider_together():
    """A new chain around the same engine knows what the old one has given out."""
    chain, events = chain_of(ScriptedVad(), Second())
    candidates = [Candidate(one.name, one.provider) for one in chain.candidates()]
    after = ProviderChain(Kind.VAD, candidates, events.append, beside=chain)
    lease = chain.lease()
    assert after.in_use(lease.candidate.provider) == 1
    chain.give_up(lease, RuntimeError("x"))
    assert after.lease().name == "second"


def test_all_that_share_the_work_are_warmed_up():
    """Of a chain whose first one serves, only that one."""
    for strategy, loaded in (("primary_fallback", [True, False]), ("round_robin", [True, True])):
        chain, _ = chain_of(ScriptedVad(), Second(), strategy=strategy)
        chain.warm_up()
        assert [one.provider.is_loaded for one in chain.candidates()] == loaded


def test_all_that_can_be_are_loaded_when_asked_for():
    """Those that cannot are out; without any, the reasons are given."""
    chain, _ = chain_of(Missing(), ScriptedVad(), Second())
    chain.load_all()
    assert [one.provider.is_loaded for one in chain.candidates()] == [True, True]
    chain, _ = chain_of(Missing())
    with pytest.raises(ProviderUnavailableError, match="pip install x"):
        chain.load_all()


def test_one_that_was_down_is_tried_with_a_real_request():
    """In the background, when its time is over; the engine is really asked."""
    clock, asked = VirtualClock(), []

    class Probed(ScriptedVad):
        """Notes that it is asked."""

        name = "probed"

        def open_stream(self):
            asked.append(self.name)
            return super().open_stream()

    chain, events = chain_of(Probed(), Second(), clock=clock)
    chain.probe_in_background()
    chain.give_up(chain.lease(), RuntimeError("x"))
    for _ in range(1000):
        clock.advance(0.1)
        if told(events)[-1] == "circuit_changed" and events[-1].after == "closed":
            break
        threading.Event().wait(0.005)
    assert asked == ["probed"]
    assert chain.lease().name == "probed"
    chain.close()


def test_a_chain_that_is_used_no_longer_makes_no_trials():
    """Its providers may serve another one."""
    chain, _ = chain_of(ScriptedVad(), Second(), clock=VirtualClock())
    chain.probe_in_background()
    assert chain.router.is_probed
    chain.stop_probing()
    assert not chain.router.is_probed
    chain.give_up(chain.lease(), RuntimeError("x"))


class Work:
    """A call that fails at some providers."""

    def __init__(self, chain, without=()):
        self.attempts = Attempts(chain, without=without)
        self.asked = []

    def run(self, failing):
        while True:
            lease = self.attempts.lease()
            self.asked.append(lease.name)
            if lease.name not in failing:
                lease.end()
                return lease.name
            self.attempts.failed(lease, ProviderFailedError(f"{lease.name} is broken"))


def test_a_call_is_made_at_one_after_another_until_one_answers():
    """Nobody is asked twice."""
    chain, _ = chain_of(ScriptedVad(), Second())
    work = Work(chain)
    assert work.run({"scripted"}) == "second"
    assert work.asked == ["scripted", "second"]


def test_when_all_fail_the_last_error_is_raised():
    """It says more than that nobody is left."""
    chain, _ = chain_of(ScriptedVad(), Second())
    with pytest.raises(ProviderFailedError, match="second is broken"):
        Work(chain).run({"scripted", "second"})


def test_some_are_left_out_as_long_as_there_are_others():
    """A voice that broke off in this answer is not heard again in it, unless it is the only one."""
    chain, _ = chain_of(ScriptedVad(), Second())
    assert Work(chain, {"scripted"}).run(()) == "second"
    assert Work(chain, {"scripted", "second"}).run(()) == "scripted"


def test_what_somebody_else_failed_at_is_tried_elsewhere_and_told_once():
    """Many may wait for one call; it is one failure."""
    chain, events = chain_of(ScriptedVad(), Second())
    attempts = Attempts(chain)
    attempts.spoiled(attempts.lease(), ProviderFailedError("x"))
    assert attempts.lease().name == "second"
    assert told(events) == []


def test_the_outcome_of_a_failure_is_kept():
    """A voice without sound is counted as one."""
    chain, _ = chain_of(ScriptedVad(), Second())
    attempts = Attempts(chain)
    attempts.failed(attempts.lease(), ProviderFailedError("silent"), Outcome.NO_AUDIO)
    assert chain.router.stats().providers[0].outcomes == {"no_audio": 1}


def test_a_provider_that_is_left_out_while_it_works_beside_is_left_open():
    """A configuration that has no use for it must not end what another one has begun."""
    provider = ScriptedVad()
    before, _ = chain_of(provider)
    candidates = [Candidate(provider.name, provider)]
    after = ProviderChain(Kind.VAD, candidates, lambda event: None, beside=before)
    lease = before.lease()
    after.leave_out(provider.name)
    assert provider.is_loaded
    assert not after.candidates()
    lease.end(Outcome.SUCCESS)
    before.leave_out(provider.name)
    assert not provider.is_loaded


def test_a_provider_that_was_left_open_is_closed_with_the_chain():
    """Nothing of it outlives the assistant."""
    provider = ScriptedVad()
    before, _ = chain_of(provider)
    candidates = [Candidate(provider.name, provider)]
    after = ProviderChain(Kind.VAD, candidates, lambda event: None, beside=before)
    lease = before.lease()
    after.leave_out(provider.name)
    lease.end(Outcome.SUCCESS)
    after.close()
    assert not provider.is_loaded


@pytest.mark.parametrize("ends_calls", [False, True])
def test_what_hangs_is_closed_at_once_only_where_that_ends_the_call(ends_calls):
    """A process can be ended under a call; an engine of this process keeps its memory till then."""
    provider = type("Hanging", (ScriptedVad,), {"ends_calls": ends_calls})()
    chain, _ = chain_of(provider)
    assert chain.current.provider is provider
    comes_back = []
    late = LateError("no answer")
    late.call, late.on_return = "process", comes_back.append
    chain.abandon(provider.name, late)
    chain.close()
    assert provider.is_loaded is not ends_calls
    for work in comes_back:
        work()
    assert not provider.is_loaded
