"""Strategy `hedged`: who takes longer than usual gets company, and the first text counts."""

import threading

import pytest
from utterance_bench import (
    DEADLINE_S,
    LONGEST_WAIT_S,
    Bench,
    Digesting,
    Hang,
    blocks_of,
    undisturbed,
)

from irene import AsrCapabilities, AsrRequest, Hypothesis, ProviderFailedError
from irene.components.routing.outcome import Outcome
from irene.components.routing.settings import RoutingSettings
from irene.components.utterances.attempt import Attempt
from irene.components.utterances.kept_audio import KeptAudio

BLOCKS = blocks_of(1600, 333, 1600)
USUAL_S = 0.2
"""time from the end of speech to the text"""


def hedging_bench(*names, share=1.0, cls=Digesting):
    """Return a bench that knows how long the first one usually takes."""
    routing = RoutingSettings("hedged", deadline_s=DEADLINE_S, hedge_share=share)
    bench = Bench(*names, cls=cls, routing=routing)
    first, *others = bench.providers
    for name in bench.providers:
        bench[name].load()
    for name in others:
        bench[name].fault = answering_after(bench, 2 * USUAL_S)
    bench[first].fault = answering_after(bench, USUAL_S)
    served = []
    for _ in range(30):
        utterance, heard = bench.hear(BLOCKS)
        assert utterance.wait_over(LONGEST_WAIT_S)
        served.append(heard.provider)
    assert served.count(first) > 10
    assert bench.events == []
    return bench


def answering_after(bench, seconds):
    """Return a fault that only takes time: ten times as long as given, then half of that."""
    answers = iter([seconds] * 10)

    def fault(number, name, block):
        if name == "finish":
            bench.clock.advance(next(answers, seconds / 2))

    return fault


def ended(bench, told=None):
    """Return an utterance that is over, and waits for its text."""
    utterance = bench.open(told)
    for block in BLOCKS:
        utterance.feed(block)
    utterance.end()
    return utterance


def n_heard(bench, name):
    """Return how many utterances a recogniser was given."""
    return len(bench[name].streams)


def test_a_second_recogniser_hears_everything_and_its_text_counts():
    """Once 95 % of the first one's answers would have come; the first one is no failure for it."""
    bench = hedging_bench()
    before = n_heard(bench, "second")
    hang = bench["first"].fault = Hang("finish")
    utterance = ended(bench)
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(USUAL_S - 0.01)
    assert not utterance.text.done()
    bench.clock.advance(0.02)
    heard = utterance.text.result(LONGEST_WAIT_S)
    assert (heard.provider, heard.hypothesis.text) == ("second", undisturbed(BLOCKS))
    assert n_heard(bench, "second") == before + 1
    hang.release.set()
    assert utterance.wait_over(LONGEST_WAIT_S)
    (told,) = bench.events
    assert (told.event, told.provider, told.second) == ("utterance_hedged", "first", "second")
    assert told.seconds == pytest.approx(USUAL_S + 0.01)
    assert bench.chain.router.stats().hedges == 1


def test_whoever_has_failed_at_the_utterance_is_no_company():
    """The next one that has not heard it is; there was none when the best one had failed."""
    names = ("first", "second", "third")
    routing = RoutingSettings("hedged", deadline_s=DEADLINE_S, hedge_share=1.0)
    bench = Bench(*names, routing=routing)
    for name in names:
        bench[name].load()
        for _ in range(20):
            lease = bench.chain.router.lease({*names} - {name}, budgeted=False)
            lease.end(Outcome.SUCCESS, USUAL_S)
    bench["first"].fault = lambda number, call, block: 1 / 0
    hang = bench["second"].fault = Hang("finish")
    utterance = ended(bench)
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(USUAL_S + 0.01)
    assert utterance.text.result(LONGEST_WAIT_S).provider == "third"
    hang.release.set()
    assert utterance.wait_over(LONGEST_WAIT_S)
    (told,) = bench.named("utterance_hedged")
    assert (told.provider, told.second) == ("second", "third")


def test_the_first_may_still_be_the_first():
    """Its text counts when it comes before that of the second, which is cancelled."""
    bench = hedging_bench()
    hangs = {name: Hang("finish") for name in ("first", "second")}
    for name, hang in hangs.items():
        bench[name].fault = hang
    utterance = ended(bench)
    assert hangs["first"].reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(USUAL_S + 0.01)
    assert hangs["second"].reached.wait(LONGEST_WAIT_S)
    hangs["first"].release.set()
    assert utterance.text.result(LONGEST_WAIT_S).provider == "first"
    hangs["second"].release.set()
    assert utterance.wait_over(LONGEST_WAIT_S)
    assert bench.named("provider_failed") == bench.named("late_result") == []


def test_who_answers_in_time_gets_no_company():
    """The usual costs nothing."""
    bench = hedging_bench()
    before = n_heard(bench, "second")
    for _ in range(5):
        bench.hear(BLOCKS)
    assert n_heard(bench, "second") == before
    assert bench.events == []


def test_nobody_is_asked_as_well_while_somebody_speaks():
    """The time counts from the end of speech."""
    bench = hedging_bench()
    before = n_heard(bench, "second")
    utterance = bench.open()
    for block in BLOCKS:
        utterance.feed(block)
        assert utterance.wait_idle(LONGEST_WAIT_S)
        bench.clock.advance(DEADLINE_S - 0.01)
    utterance.end()
    assert utterance.text.result(LONGEST_WAIT_S).provider == "first"
    assert n_heard(bench, "second") == before


def test_without_budget_the_first_is_waited_for():
    """The extra load has a cap; whoever finds it spent gets the text of the first one, later."""
    bench = hedging_bench(share=0.0)
    before = n_heard(bench, "second")
    hang = bench["first"].fault = Hang("finish")
    utterance = ended(bench)
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(USUAL_S + 0.01)
    while not bench.chain.router.stats().refused_hedges:
        utterance.wait_over(0.001)
    hang.release.set()
    assert utterance.text.result(LONGEST_WAIT_S).provider == "first"
    assert n_heard(bench, "second") == before


def test_no_words_wait_for_the_words_of_the_other():
    """What one takes for a cough may be a command: a text counts before none."""
    bench = hedging_bench()
    hang = bench["first"].fault = Hang("finish")
    bench["second"].fault = lambda number, name, block: (
        Hypothesis("", True) if name == "finish" else None
    )
    utterance = ended(bench)
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(USUAL_S + 0.01)
    while bench.chain.router.stats().providers[1].outcomes.get("empty", 0) == 0:
        utterance.wait_over(0.001)
    assert not utterance.wait_over(0.01)
    assert not utterance.text.done()
    hang.release.set()
    assert utterance.text.result(LONGEST_WAIT_S).provider == "first"


def test_no_words_of_both_are_no_words():
    """Then nobody is left who could know better."""
    bench = hedging_bench()
    hang = Hang("finish")

    def slow_and_empty(number, name, block):
        hang(number, name, block)
        return Hypothesis("", True) if name == "finish" else None

    bench["first"].fault = slow_and_empty
    bench["second"].fault = lambda number, name, block: (
        Hypothesis("", True) if name == "finish" else None
    )
    utterance = ended(bench)
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(USUAL_S + 0.01)
    hang.release.set()
    assert utterance.text.result(LONGEST_WAIT_S).hypothesis.text == ""
    assert bench.named("provider_failed") == []


def test_the_second_goes_on_when_the_first_fails():
    """Nobody is asked a third time for what somebody works on already."""
    bench = hedging_bench("first", "second", "third")
    hangs = {name: Hang("finish") for name in ("first", "second", "third")}

    def broken(number, name, block):
        hangs["first"](number, name, block)
        if name == "finish":
            raise OSError("boom")

    bench["first"].fault = broken
    bench["second"].fault, bench["third"].fault = hangs["second"], hangs["third"]
    before = n_heard(bench, "second") + n_heard(bench, "third")
    utterance = ended(bench)
    assert hangs["first"].reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(USUAL_S + 0.01)
    while not (hangs["second"].reached.is_set() or hangs["third"].reached.is_set()):
        utterance.wait_over(0.001)
    hangs["first"].release.set()
    while not bench.named("provider_failed"):
        utterance.wait_over(0.001)
    hangs["second"].release.set()
    hangs["third"].release.set()
    heard = utterance.text.result(LONGEST_WAIT_S)
    assert heard.hypothesis.text == undisturbed(BLOCKS)
    assert n_heard(bench, "second") + n_heard(bench, "third") == before + 1


def test_when_both_fail_each_is_told():
    """A failure is a failure, whoever was asked first; both are asked once more, and no more."""
    bench = hedging_bench()
    n_before = {name: n_heard(bench, name) for name in bench.providers}
    hang = Hang("finish")

    def broken(number, name, block):
        if name == "finish":
            raise OSError("boom")

    def slow_and_broken(number, name, block):
        hang(number, name, block)
        broken(number, name, block)

    bench["first"].fault, bench["second"].fault = slow_and_broken, broken
    utterance = ended(bench)
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(USUAL_S + 0.01)
    while not bench.named("provider_failed"):
        utterance.wait_over(0.001)
    hang.release.set()
    with pytest.raises(ProviderFailedError, match="boom"):
        utterance.text.result(LONGEST_WAIT_S)
    failed = [event.provider for event in bench.named("provider_failed")]
    assert sorted(failed) == ["first", "first", "second", "second"]
    assert {name: n_heard(bench, name) - n_before[name] for name in n_before} == {
        "first": 2,
        "second": 2,
    }


def test_a_busy_recogniser_is_not_asked_as_well():
    """Company costs nobody else a place."""
    single = type("Single", (Digesting,), {"capabilities": AsrCapabilities(max_concurrency=1)})
    bench = hedging_bench(cls=single)
    place = bench.chain.lease(without=("first",))
    assert place.name == "second"
    hang = bench["first"].fault = Hang("finish")
    utterance = ended(bench)
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(USUAL_S + 0.01)
    hang.release.set()
    assert utterance.text.result(LONGEST_WAIT_S).provider == "first"
    assert bench.named("utterance_hedged") == []
    place.end()


def test_company_that_is_given_up_before_it_begins_takes_no_place():
    """The utterance ended in the same moment; the place at the second one is free again."""
    bench = Bench()
    lease = bench.chain.lease(without=("first",))
    audio, over = KeptAudio(), threading.Event()
    with audio.lock:
        audio.add(BLOCKS[0])
    request = AsrRequest(16000)
    attempt = Attempt(bench.recognisers, request, audio, frozenset(), lease)
    attempt.on_change = over.set
    with audio.lock:
        attempt.give_up(Outcome.CANCELLED)
    attempt.start()
    assert over.wait(LONGEST_WAIT_S)
    assert [one.in_flight for one in bench.chain.router.snapshots()] == [0, 0]
    assert bench["second"].streams == []
