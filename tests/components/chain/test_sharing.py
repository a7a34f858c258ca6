"""Every key of how providers share the work does what it says, from the file to the call."""

import pytest

from irene import ProviderFailedError
from irene.components.assembly import Assembly
from irene.components.chain.sharing import Sharing, sharing_of
from irene.components.routing.outcome import Outcome
from irene.components.routing.settings import BreakerSettings, RoutingSettings
from irene.config.loading import load_config
from irene.config.sections import AsrSection, BreakerTable, Routing, TtsSection
from irene.domain.kinds import Kind
from irene.plugin.host import installed_plugins
from irene.testing import ScriptedTts, VirtualClock, registry_of


class Second(ScriptedTts):
    """Another voice."""

    name = "second"


class Third(ScriptedTts):
    """And one more."""

    name = "third"


class Bench:
    """The chain of voices of a configuration, on a clock of its own."""

    def __init__(self, **tts):
        registry = registry_of(ScriptedTts, Second, Third, installed=installed_plugins())
        section = {
            "default_provider": "scripted",
            "fallback_providers": ["second", "third"],
            **tts,
        }
        config = load_config({"tts": section}, registry=registry, environ={})
        self.clock, self.events = VirtualClock(), []
        self.chain = Assembly(config, registry, self.events.append, self.clock).chain(Kind.TTS)

    def call(self, outcome=Outcome.SUCCESS, took_s=0.1):
        lease = self.chain.lease()
        self.clock.advance(took_s)
        lease.end(outcome)
        return lease.name

    def calls(self, number, outcome=Outcome.SUCCESS, took_s=0.1):
        return [self.call(outcome, took_s) for _ in range(number)]

    def opened(self):
        return [event.provider for event in self.events if getattr(event, "after", "") == "open"]


def test_what_is_not_written_is_what_the_router_does_by_itself():
    """The defaults of the configuration and of the code are the same."""
    assert sharing_of(AsrSection(), {}) == Sharing(RoutingSettings(), {})
    assert sharing_of(Routing(breaker=BreakerTable()), {}).settings.breaker == BreakerSettings()


def test_people_wait_longer_for_the_voice_they_know():
    """Another voice in the middle of a talk is worse than a pause."""
    settings = sharing_of(TtsSection(), {}).settings
    assert settings == RoutingSettings(spill_s=5.0)


def test_a_section_without_such_keys_has_the_usual_settings():
    """Outputs only stand in for one another."""
    assert sharing_of(object(), {}).settings == RoutingSettings()


@pytest.mark.parametrize(
    ("strategy", "asked"),
    [
        ("primary_fallback", ["scripted", "scripted", "scripted"]),
        ("round_robin", ["scripted", "second", "third"]),
        ("least_loaded", ["scripted", "second", "third"]),
        ("latency_weighted", ["scripted", "second", "third"]),
        ("hedged", ["scripted", "second", "third"]),
    ],
)
def test_strategy(strategy, asked):
    """`[tts] strategy` says who is asked."""
    assert Bench(strategy=strategy).calls(3) == asked


def test_weight():
    """`[tts.providers.NAME] weight` is a share of the calls; 0 serves only when no other can."""
    tables = {"scripted": {"weight": 2.0}, "third": {"weight": 0}}
    asked = Bench(strategy="round_robin", providers=tables).calls(30)
    assert (asked.count("scripted"), asked.count("second"), asked.count("third")) == (20, 10, 0)


def test_deadline_ms():
    """A provider's own comes before the section's."""
    bench = Bench(deadline_ms=3000, providers={"second": {"deadline_ms": 500}})
    leases = [bench.chain.lease(), bench.chain.lease({"scripted"})]
    assert [lease.left_s for lease in leases] == [3.0, 0.5]
    assert Bench().chain.lease().left_s is None


def test_max_concurrency():
    """Calls that one provider may work on at the same time."""
    bench = Bench(fallback_providers=[], providers={"scripted": {"max_concurrency": 2}})
    held = [bench.chain.lease() for _ in range(2)]
    assert bench.chain.in_use(held[0].candidate.provider) == 2
    with pytest.raises(ProviderFailedError, match=r"tts\.providers\.scripted\.max_concurrency"):
        bench.chain.lease()
    held[0].end()
    assert bench.chain.lease().name == "scripted"


def test_retry_share():
    """0 allows no retry."""
    bench = Bench(retry_share=0)
    with pytest.raises(ProviderFailedError, match=r"tts\.retry_share"):
        bench.chain.lease({"scripted"})


def test_hedge_share():
    """0 asks nobody twice."""
    assert Bench(strategy="hedged", hedge_share=1.0).chain.lease().hedge() is not None
    assert Bench(strategy="hedged", hedge_share=0).chain.lease().hedge() is None


def test_spill_ms():
    """How long a full primary is waited for before another will do."""
    tables = {"scripted": {"max_concurrency": 1}}
    bench = Bench(spill_ms=0, providers=tables)
    bench.chain.lease()
    assert bench.chain.lease(patience_s=10).name == "second"
    assert bench.clock.monotonic() == 0


def test_breaker_min_calls():
    """Below it no rate means anything."""
    bench = Bench(breaker={"min_calls": 3, "failures_in_row": 100})
    assert bench.calls(4, Outcome.FAILED) == ["scripted"] * 3 + ["second"]


def test_breaker_failures_in_row():
    """So many are too many, whatever the rate."""
    bench = Bench(breaker={"min_calls": 1000, "failures_in_row": 2})
    assert bench.calls(3, Outcome.FAILED) == ["scripted", "scripted", "second"]


@pytest.mark.parametrize(("rate", "opened"), [(0.2, ["scripted"]), (0.5, [])])
def test_breaker_failure_rate(rate, opened):
    """The share of calls that may fail."""
    bench = Bench(breaker={"failure_rate": rate, "failures_in_row": 100, "min_calls": 1})
    bench.calls(3)
    bench.call(Outcome.FAILED)
    assert bench.opened() == opened


@pytest.mark.parametrize(("window_ms", "opened"), [(10_000, []), (60_000, ["scripted"])])
def test_breaker_window_ms(window_ms, opened):
    """How long a call counts."""
    bench = Bench(breaker={"window_ms": window_ms, "min_calls": 2, "failures_in_row": 100})
    bench.call(Outcome.FAILED)
    bench.clock.advance(20)
    bench.call(Outcome.FAILED)
    assert bench.opened() == opened


@pytest.mark.parametrize(
    ("breaker", "opened"),
    [({}, []), ({"slow_ms": 500}, ["scripted"]), ({"slow_ms": 500, "slow_rate": 0.9}, [])],
)
def test_breaker_slow_ms_and_slow_rate(breaker, opened):
    """What is slow, and how many may be."""
    usual = {"slow_rate": 0.5, "min_calls": 2}
    bench = Bench(breaker={**usual, **breaker})
    bench.call(took_s=0.1)
    bench.call(took_s=1.0)
    assert bench.opened() == opened


def test_breaker_open_ms_and_max_open_ms():
    """How long it is left alone at first, and at most."""
    failing = {"min_calls": 1, "failures_in_row": 1, "jitter": 0}
    bench = Bench(breaker={"open_ms": 2000, "max_open_ms": 3000, **failing})
    bench.call(Outcome.FAILED)
    bench.clock.advance(2)
    bench.call(Outcome.FAILED)
    opened = [event.open_s for event in bench.events if getattr(event, "after", "") == "open"]
    assert opened == [2.0, 3.0]


@pytest.mark.parametrize(("trials", "state"), [(1, "closed"), (2, "half_open")])
def test_breaker_trials(trials, state):
    """Calls that must succeed before it is used again."""
    failing = {"min_calls": 1, "failures_in_row": 1}
    bench = Bench(breaker={"open_ms": 1000, "trials": trials, **failing})
    bench.call(Outcome.FAILED)
    bench.clock.advance(1)
    assert bench.call() == "scripted"
    assert str(bench.chain.router.snapshots()[0].circuit) == state
