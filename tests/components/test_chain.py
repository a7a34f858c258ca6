"""The providers of one slot, in order of preference."""

import pytest

from irene import Availability, Kind, ProviderUnavailableError, Vad
from irene.components.chain import Candidate, ProviderChain
from irene.testing import ScriptedVad


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


def chain_of(*providers: Vad):
    """Return a chain of these providers and the list of events that it reports."""
    events = []
    candidates = [Candidate(provider.name, provider) for provider in providers]
    return ProviderChain(Kind.VAD, candidates, events.append), events


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

    class Second(ScriptedVad):
        """Another one."""

        name = "second"

    chain, events = chain_of(ScriptedVad(), Second())
    chain.failed(chain.current.name, RuntimeError("x"))
    assert chain.current.name == "second"
    chain.failed("second", RuntimeError("y"))
    assert chain.current.name == "scripted"
    told = ["provider_failed", "circuit_changed", "provider_switched"]
    assert [event.event for event in events] == told * 2


def test_a_late_failure_of_a_provider_that_serves_no_more_changes_nothing():
    """Two sessions that fail on one provider do not skip the healthy one after it."""

    class Second(ScriptedVad):
        """Another one."""

        name = "second"

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
