"""Who gets a call, and what is learnt from it."""

import threading
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import ProviderFailedError, ProviderUnavailableError
from irene.components.routing.lease import UNTIMED
from irene.components.routing.outcome import Outcome
from irene.components.routing.router import Router
from irene.components.routing.settings import BreakerSettings, Member, RoutingSettings
from irene.components.routing.strategies import STRATEGIES
from irene.domain.clock import SystemClock
from irene.testing import VirtualClock

BREAKER = BreakerSettings(min_calls=1, failures_in_row=1, open_s=5.0, max_open_s=60.0, jitter=0)


class Bench:
    """A router of providers `a`, `b`, ..., with a clock and all changes of circuits."""

    def __init__(self, n_providers=2, strategy="primary_fallback", breaker=BREAKER, **settings):
        terms = {
            key: settings.pop(key) for key in ("max_concurrency", "deadline_s") & settings.keys()
        }
        self.clock = VirtualClock()
        self.changes = []
        members = [Member("abcdef"[i], "ABCDEF"[i], **terms) for i in range(n_providers)]
        self.router = Router(
            "asr",
            members,
            RoutingSettings(strategy=strategy, breaker=breaker, **settings),
            self.clock,
            lambda name, change: self.changes.append((name, str(change.after))),
        )

    def call(self, outcome=Outcome.SUCCESS, took_s=0.1, without=()):
        """Make a call and return who was asked."""
        lease = self.router.lease(without)
        self.clock.advance(took_s)
        lease.end(outcome)
        return lease.name

    def stats(self, name):
        return next(one for one in self.router.stats().providers if one.snapshot.name == name)


def test_a_lease_names_the_provider_and_what_it_stands_for():
    """The value of the member is what is asked."""
    lease = Bench().router.lease()
    assert (lease.name, lease.candidate) == ("a", "A")


def test_the_primary_serves_until_it_fails():
    """Then the next one does, at once."""
    bench = Bench()
    assert [bench.call(), bench.call(Outcome.FAILED), bench.call()] == ["a", "a", "b"]
    assert bench.changes == [("a", "open")]


def test_it_is_tried_by_one_call_and_used_again():
    """When its time is over; while the trial runs, all others go elsewhere."""
    bench = Bench()
    bench.call(Outcome.FAILED)
    bench.clock.advance(5)
    trial = bench.router.lease()
    assert (trial.name, bench.router.lease().name) == ("a", "b")
    trial.end()
    assert bench.call() == "a"
    assert bench.changes == [("a", "open"), ("a", "half_open"), ("a", "closed")]


def test_nobody_who_waits_for_an_answer_is_a_trial_where_somebody_else_makes_them():
    """With a prober, a half-open provider gets its calls from `trial` only."""
    bench = Bench()
    bench.router.is_probed = True
    bench.call(Outcome.FAILED)
    assert bench.router.trial("a") is None
    assert bench.router.next_trial_s() == pytest.approx(5.1)
    bench.clock.advance(5)
    assert bench.call() == "b"
    trial = bench.router.trial("a")
    assert bench.router.trial("a") is None
    assert trial.end()
    assert bench.call() == "a"
    assert bench.router.next_trial_s() is None


@given(st.lists(st.sampled_from(sorted(Outcome, key=str)), max_size=30))
def test_a_single_provider_is_always_asked(outcomes):
    """There is nobody to go to: whatever it does, no circuit opens."""
    bench = Bench(1)
    assert [bench.call(outcome) for outcome in outcomes] == ["a"] * len(outcomes)
    assert bench.changes == []


def test_when_everybody_is_down_the_one_that_would_be_tried_first_is_asked():
    """A small chance is better than none; its success is a trial that was passed."""
    bench = Bench()
    bench.call(Outcome.FAILED)
    bench.call(Outcome.FAILED)
    assert bench.call() == "a"
    assert bench.changes[-1] == ("a", "closed")


def test_a_call_that_is_late_counts_at_once_and_keeps_its_place():
    """An engine that hangs is given nothing more than it declared."""
    bench = Bench(max_concurrency=1, deadline_s=3.0)
    lease = bench.router.lease()
    bench.clock.advance(3)
    assert lease.left_s == 0
    assert lease.late()
    assert not lease.late()
    assert bench.changes == [("a", "open")]
    assert bench.router.snapshots()[0].in_flight == 1
    bench.clock.advance(100)
    assert bench.router.trial("a") is None
    assert not lease.end()
    assert bench.router.snapshots()[0].in_flight == 0
    assert bench.stats("a").late_results == 1
    assert bench.stats("a").outcomes == {"late": 1}


def test_a_late_call_that_fails_in_the_end_brings_no_late_result():
    """Only answers that were thrown away are counted."""
    bench = Bench()
    lease = bench.router.lease()
    lease.late()
    assert not lease.end(Outcome.FAILED)
    assert bench.stats("a").late_results == 0


def test_a_lease_ends_once():
    """A second end says that nobody wants the answer."""
    bench = Bench()
    lease = bench.router.lease()
    assert lease.end()
    assert not lease.end(Outcome.FAILED)
    assert bench.stats("a").outcomes == {"success": 1}
    assert bench.router.snapshots()[0].in_flight == 0


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(None, "success"), (ValueError, "failed"), (KeyboardInterrupt, "cancelled")],
)
def test_a_with_block_ends_as_what_happened(error, outcome):
    """An answer, a failure, or somebody who wants to leave."""
    bench = Bench()
    try:
        with bench.router.lease():
            if error is not None:
                raise error
    except (ValueError, KeyboardInterrupt):
        pass
    assert bench.stats("a").outcomes == {outcome: 1}


def test_latency_and_deadline_count_from_the_mark():
    """An utterance is a question only when it has been spoken."""
    bench = Bench(deadline_s=3.0)
    lease = bench.router.lease()
    bench.clock.advance(10)
    lease.mark()
    assert lease.left_s == 3
    bench.clock.advance(0.5)
    lease.end()
    assert bench.router.snapshots()[0].latency_s == pytest.approx(0.5)


def test_a_session_says_nothing_about_latency():
    """`UNTIMED` is no time."""
    bench = Bench()
    bench.router.lease().end(Outcome.SUCCESS, UNTIMED)
    assert bench.router.snapshots()[0].latency_s is None


def test_a_session_that_works_closes_the_circuit_long_before_it_ends():
    """And what it fails at later counts, though it began before."""
    bench = Bench()
    bench.call(Outcome.FAILED)
    bench.clock.advance(5)
    session = bench.router.lease()
    session.proven()
    assert bench.changes[-1] == ("a", "closed")
    session.mark()
    session.end(Outcome.FAILED)
    assert bench.changes[-1] == ("a", "open")


def test_a_retry_goes_to_somebody_else():
    """Once everybody was tried, that is said."""
    bench = Bench()
    assert bench.call(without={"a"}) == "b"
    with pytest.raises(ProviderFailedError, match="every asr provider has been tried: a, b"):
        bench.router.lease(without={"a", "b"})


def test_the_retry_budget_ends_a_storm_of_retries():
    """The reserve is spent, then a share of the calls; a stream that must go on is not asked."""
    bench = Bench(retry_share=0.5)
    for _ in range(100):
        bench.router.lease(without={"a"}).end()
    with pytest.raises(ProviderFailedError, match=r"too many calls were tried .*retry_share"):
        bench.router.lease(without={"a"})
    bench.router.lease(without={"a"}, budgeted=False).end()
    bench.call()
    bench.call()
    bench.router.lease(without={"a"}).end()
    assert bench.router.stats().refused_retries == 1
    assert bench.router.stats().retries == 102


def test_without_a_retry_share_nothing_is_tried_again():
    """`retry_share = 0`."""
    with pytest.raises(ProviderFailedError, match="retry_share"):
        Bench(retry_share=0).router.lease(without={"a"})


def test_without_providers_the_cure_is_named():
    """Nobody is left after the last one was taken out."""
    bench = Bench(1)
    bench.router.remove("a")
    with pytest.raises(ProviderUnavailableError, match=r"asr\.default_provider"):
        bench.router.lease()


def test_a_provider_that_was_taken_out_is_asked_no_more():
    """Leases of it end as usual; the one that is left is never left alone."""
    bench = Bench()
    lease = bench.router.lease()
    bench.router.remove("a")
    assert bench.call(Outcome.FAILED) == "b"
    assert bench.call() == "b"
    assert lease.end()
    assert bench.changes == []


def test_a_second_one_is_asked_after_most_answers_would_have_come():
    """The strategy `hedged`: after the time in which 95 of 100 answers came."""
    bench = Bench(strategy="hedged", hedge_share=1.0)
    assert bench.router.lease().hedge_after_s is None
    for _ in range(30):
        bench.call(took_s=0.2)
    lease = bench.router.lease()
    assert lease.hedge_after_s == pytest.approx(0.2)
    second = lease.hedge()
    assert second.name != lease.name
    assert bench.router.stats().hedges == 1


def test_hedges_are_bounded_whatever_happens():
    """One at first, then a share of the calls."""
    bench = Bench(strategy="hedged", hedge_share=0.1)
    asked = 0
    for _ in range(200):
        lease = bench.router.lease()
        second = lease.hedge()
        asked += second is not None
        for one in (lease, second):
            if one is not None:
                one.end()
    assert 15 <= asked <= 1 + 0.1 * 200 + 1
    assert bench.router.stats().refused_hedges == 200 - asked


def test_nobody_is_asked_twice_when_all_others_are_full_or_down():
    """And the budget is kept."""
    bench = Bench(strategy="hedged", max_concurrency=1, hedge_share=1.0)
    lease, other = bench.router.lease(), bench.router.lease()
    assert lease.hedge() is None
    other.end(Outcome.FAILED)
    assert lease.hedge() is None
    assert bench.router.stats().refused_hedges == 0


def test_other_strategies_ask_nobody_twice():
    """`hedge_after_s` says so."""
    bench = Bench(strategy="latency_weighted")
    for _ in range(30):
        bench.call()
    assert bench.router.lease().hedge_after_s is None


def test_routers_beside_each_other_share_places_and_health():
    """A provider is one engine, in however many orders it stands."""
    bench = Bench(max_concurrency=1)
    members = [Member("b", "B", max_concurrency=1), Member("own", "O")]
    settings = RoutingSettings(breaker=BREAKER)
    other = Router("asr", members, settings, bench.clock, beside=bench.router)
    lease = bench.router.lease(without={"a"})
    assert other.snapshots()[0].in_flight == 1
    lease.end(Outcome.FAILED)
    assert other.lease().name == "own"
    assert bench.router.in_flight(lambda value: value == "B") == 0


def test_with_other_limits_of_the_breaker_only_places_are_shared():
    """Health is judged by each router's own settings."""
    bench = Bench(max_concurrency=1)
    members = [Member("a", "A", max_concurrency=1), Member("b", "B")]
    other = Router("asr", members, RoutingSettings(), bench.clock, beside=bench.router)
    bench.call(Outcome.FAILED)
    assert other.lease().name == "a"
    assert bench.router.snapshots()[0].in_flight == 1


def test_answers_that_are_too_slow_are_counted_as_such():
    """They are answers all the same."""
    bench = Bench(breaker=BreakerSettings(slow_s=1.0, min_calls=100))
    bench.call(took_s=0.5)
    bench.call(took_s=1.5)
    assert bench.stats("a").outcomes == {"success": 1, "slow": 1}
    assert bench.stats("a").snapshot.latency_s == pytest.approx(1.5)


def test_everything_that_happened_is_counted():
    """Calls and outcomes by provider, and how fast it is."""
    bench = Bench()
    for outcome in (Outcome.SUCCESS, Outcome.EMPTY, Outcome.CANCELLED, Outcome.SUCCESS):
        bench.call(outcome, took_s=0.5)
    stats = bench.stats("a")
    assert stats.calls == 4
    assert stats.outcomes == {"success": 2, "empty": 1, "cancelled": 1}
    assert stats.snapshot.latency_s == pytest.approx(0.5)
    assert stats.p95_s is None


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_many_threads_never_exceed_a_limit_and_leave_nothing_behind(strategy):
    """Real threads, random outcomes, calls that are late, and two routers over one provider."""
    members = [Member(name, name, max_concurrency=2) for name in "abc"]
    settings = RoutingSettings(strategy=strategy, retry_share=10.0)
    first = Router("asr", members, settings, SystemClock())
    second = Router("asr", members[1:], settings, SystemClock(), beside=first)
    working = dict.fromkeys("abc", 0)
    lock, exceeded = threading.Lock(), []

    def work(seed):
        chance = Random(seed)
        for _ in range(150):
            try:
                lease = (first, second)[seed % 2].lease(patience_s=10.0)
            except ProviderFailedError:
                continue
            with lock:
                working[lease.name] += 1
                if working[lease.name] > 2:
                    exceeded.append(lease.name)
            if chance.random() < 0.1:
                lease.late()
            with lock:
                working[lease.name] -= 1
            lease.end(chance.choice(list(Outcome)))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert exceeded == []
    assert [one.in_flight for one in first.snapshots()] == [0, 0, 0]
