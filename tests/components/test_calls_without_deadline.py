"""Calls without a `deadline_ms` that hang: each is left in time, counted, named, stood in for."""

import asyncio
import threading
from datetime import datetime

import numpy as np
import pytest
from resampling_parts import clip_of, conversion, noise
from test_understanding import Handler, Listed, Words
from test_voice import Second, Voice
from waiting import until

from irene import HandlerContext, Intent, ProviderFailedError
from irene.components.assembly import Assembly
from irene.components.calls.deadline import LateError, Limit, timed, within
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.resampling.clip_blocks import BLOCK_VALUES
from irene.components.resampling.component import ResamplingComponent
from irene.components.understanding.component import UnderstandingComponent
from irene.components.understanding.time_left import TimeLeft
from irene.config.loading import load_config
from irene.config.sections import IntentsSection, ResamplingSection
from irene.domain.intents import FALLBACK_INTENT
from irene.domain.kinds import Kind
from irene.plugin.host import installed_plugins
from irene.plugin.registry import ComponentRegistry
from irene.testing import VirtualClock, registry_of
from irene_plugins.resampling.soxr import SoxrResampler

LONGEST_WAIT_S = 30
"""a deadlock fails the test instead of hanging it"""
SOON_S = 0.25
CONTEXT = HandlerContext(now=datetime(2026, 3, 1, 12))


@pytest.fixture
def hang():
    """Return what hangs until the test is over, or it is set."""
    released = threading.Event()

    def wait():
        assert released.wait(LONGEST_WAIT_S)

    wait.set = released.set
    yield wait
    released.set()


def told(events):
    """Return what was told of failures and threads that hang: event, provider, call."""
    return [
        (event.event, event.provider, getattr(event, "call", ""))
        for event in events
        if event.event in ("provider_failed", "call_abandoned")
    ]


def left(provider, call):
    """Return what has to be told of a call that was left."""
    return [("provider_failed", provider, ""), ("call_abandoned", provider, call)]


class Stubborn(SoxrResampler):
    """Hangs in its clips from the n-th one on."""

    name = "stubborn"

    def __init__(self, hang, after=0):
        super().__init__()
        self.hang, self.after, self.threads = hang, after, []

    def convert(self, samples, source_rate, target_rate, quality):
        self.threads.append(threading.get_ident())
        if len(self.threads) > self.after:
            self.hang()
        return super().convert(samples, source_rate, target_rate, quality)


def resampling(*resamplers, hung_s=SOON_S):
    """Return a component of resamplers, and its events."""
    events = []
    chain = ProviderChain(
        Kind.RESAMPLING,
        [Candidate(one.name, one) for one in resamplers],
        events.append,
        Sharing(hung_s=hung_s),
    )
    return ResamplingComponent(chain, ResamplingSection()), events


@pytest.mark.parametrize("in_loop", [False, True])
def test_a_resampler_that_hangs_in_a_clip_is_stood_in_for(in_loop, hang):
    """The next one converts it; the thread is named until it comes back."""
    component, events = resampling(Stubborn(hang), SoxrResampler())
    clip = conversion(clip_of(noise(480)))
    made = asyncio.run(component.convert_async(clip)) if in_loop else component.convert(clip)
    assert made.provider == "soxr"
    assert told(events) == left("stubborn", "convert")
    assert "assistant.hang_timeout_ms = 250, and 0.02 s more" in events[0].reason
    assert [one.call for one in component.chain.abandoned.running] == ["convert"]
    hang.set()
    until(lambda: not component.chain.abandoned.running)


def test_a_short_clip_is_converted_on_the_loop_once_its_resampler_has_proven_itself(hang):
    """Another thread costs as much as a fifth of it."""
    resampler = Stubborn(hang, after=9)
    component, _ = resampling(resampler, hung_s=LONGEST_WAIT_S)

    async def convert(seed):
        await component.convert_async(conversion(clip_of(noise(480, seed=seed))))
        return threading.get_ident()

    threads = [asyncio.run(convert(seed)) for seed in range(3)]
    assert [a == b for a, b in zip(resampler.threads, threads, strict=True)] == [False, True, True]


def test_a_long_clip_is_given_time_by_its_length():
    """A resampler may take as long as the clip, and more."""
    hour = Sharing(hung_s=10.0).limit(2 * 3600.0)
    assert hour.total_s == 7210


def test_a_resampler_that_gets_on_with_a_long_clip_is_waited_for():
    """However long it takes in all: the time counts from the last piece."""
    n_steps, pause = [], threading.Event()

    def work():
        for _ in range(12):
            pause.wait(0.01)
            n_steps.append(1)
        return "done"

    assert within(0.1, work, progress=lambda: len(n_steps)) == "done"


def test_a_hang_in_the_middle_of_a_long_clip_is_noticed_after_one_piece(hang):
    """It does not take twice the length of the clip."""

    class Midway(SoxrResampler):
        name = "midway"

        def open_stream(self, source_rate, target_rate, channels, quality):
            inner = super().open_stream(source_rate, target_rate, channels, quality)
            convert, left = inner.process, [3]

            def process(samples):
                left[0] -= 1
                if not left[0]:
                    hang()
                return convert(samples)

            inner.process = process
            return inner

    rate = BLOCK_VALUES * 2  # 12 pieces of half a second each
    audio = clip_of(noise(12 * BLOCK_VALUES), rate)
    component, events = resampling(Midway(), SoxrResampler())
    assert component.convert(conversion(audio, rate // 2)).provider == "soxr"
    assert told(events) == left("midway", "convert")


class Mute(Voice):
    """Hangs before its first block."""

    hang = staticmethod(lambda: None)

    def synthesize(self, request):
        self.hang()
        yield from super().synthesize(request)


def test_a_voice_without_a_deadline_that_hangs_is_stood_in_for(hang):
    """The next voice says the sentence, before the answer is given up."""
    events = []
    registry = registry_of(
        type("Hanging", (Mute,), {"hang": staticmethod(hang)}),
        Second,
        installed=installed_plugins(),
    )
    section = {"default_provider": "first", "fallback_providers": ["second"]}
    mapping = {"tts": section, "assistant": {"hang_timeout_ms": 50}}
    config = load_config(mapping, registry=registry, environ={})
    voice = Assembly(config, registry, events.append).voice()
    voice.load()
    sentence = voice.say("one two", "en")
    assert {block.sample_rate for block in sentence.blocks()} == {Second.sample_rate}
    assert told(events) == left("first", "synthesize")
    assert "= 50, and 0.7 s more for so much work" in events[0].reason


def sharing_of(kind, **assistant):
    """Return how providers of a kind share the work in an assistant."""
    registry = ComponentRegistry.installed()
    config = load_config({"assistant": assistant}, registry=registry, environ={})
    return Assembly(config, registry).chain(kind).sharing


@pytest.mark.parametrize(
    ("response_s", "hang_s", "work_s", "limit_s"),
    [(30, 10, 0, 10), (30, 10, 5, 15), (30, 10, 60, 20), (6, 10, 60, 4), (30, 0, 60, None)],
)
def test_another_voice_is_asked_before_the_answer_is_given_up(response_s, hang_s, work_s, limit_s):
    """However long the sentence is; unless nothing may ever count as hung."""
    sharing = sharing_of(
        Kind.TTS, response_timeout_ms=1000 * response_s, hang_timeout_ms=1000 * hang_s
    )
    assert sharing.limit(work_s).total_s == limit_s


class Hanging(Words):
    """A matcher that hangs."""

    def __init__(self, intents, hang):
        super().__init__(intents)
        self.hang = hang

    def match(self, text, language, context=None):
        self.hang()
        return super().match(text, language, context)


def understanding(recognisers, tiers=(), handlers=None, limit_s=0.4, fallback=()):
    """Return what understands within a time limit, and its events."""
    events = []
    listed = [one if isinstance(one, Listed) else Listed(one) for one in (*recognisers, *tiers)]
    named = [Candidate(f"r{n}", one) for n, one in enumerate(listed)]
    serving, others = named[: len(recognisers)], named[len(recognisers) :]
    component = UnderstandingComponent(
        ProviderChain(Kind.INTENT_RECOGNITION, serving, events.append),
        handlers or {},
        IntentsSection(fallback=fallback),
        events.append,
        others,
        sharing=Sharing(hung_s=limit_s, hung_by="assistant.intent_timeout_ms"),
    )
    component.load("en")
    return component, events


def test_a_recogniser_that_hangs_leaves_the_next_one_its_share(hang):
    """And is not asked about the next text."""
    matchers = [Hanging({"a": "Late"}, hang), Words({"a": "A", "b": "B"})]
    component, events = understanding(matchers)
    assert component.understand("a", "en").name == "A"
    assert told(events) == left("r0", "match")
    assert events[0].reason.startswith(
        "no answer within its share of assistant.intent_timeout_ms = "
    )
    assert component.understand("b", "en").name == "B"
    assert [one.provider for one in component.recognizers.abandoned.running] == ["r0"]
    hang.set()
    until(lambda: not component.recognizers.abandoned.running)


def test_a_tier_that_hangs_leaves_the_next_one_its_share(hang):
    """In the text as a whole, as much as in parts of it."""
    tiers = [Hanging({"a": "Late"}, hang), Words({"a": "A"})]
    component, events = understanding([Words({})], tiers)
    assert [intent.name for intent in component.understand_all("a", "en")] == ["A"]
    assert told(events) == left("r1", "match")


def test_a_tier_that_never_loads_is_passed_over(hang):
    """Whoever asks it meanwhile waits no longer than for its answer."""
    slow = Listed(Words({"a": "A"}))
    slow.load = hang
    component, events = understanding([Words({})], [slow], limit_s=0.2)
    assert component.understand("a", "en") is None
    assert told(events) == [("provider_failed", "r1", "")]
    assert "still loads" in events[0].reason


def test_a_handler_that_hangs_is_counted_and_named(hang):
    """There is nobody to stand in for it; whoever asks is told."""

    class Stuck(Handler):
        def handle(self, intent, context):
            hang()

    component, events = understanding([Words({})], handlers={"stuck": Stuck()}, limit_s=0.05)
    with pytest.raises(ProviderFailedError, match=r"assistant.intent_timeout_ms = 50$"):
        component.answer(Intent("Handled", "x", "en"), CONTEXT)
    assert told(events) == left("stuck", "handle")
    assert events[1].kind == "intents"
    hang.set()
    until(lambda: not component.fallbacks.abandoned.running)


def test_handlers_of_what_no_sentence_fits_share_the_time(hang):
    """The second one has half of it."""

    class Stuck(Handler):
        def handle(self, intent, context):
            hang()

    answering = Handler()
    answering.response = None
    component, events = understanding(
        [Words({})], handlers={"stuck": Stuck(), "other": answering}, fallback=("stuck", "other")
    )
    assert component.answer(Intent(FALLBACK_INTENT, "x", "en"), CONTEXT) is None
    assert told(events) == left("stuck", "handle")


def test_time_is_shared_by_those_who_are_left():
    """Whoever needs less than a share leaves the rest to the others."""
    clock = VirtualClock()
    time_left = TimeLeft(Limit(6.0, "key"), clock.monotonic)
    assert time_left.share(1) == Limit(6.0, "key")
    assert time_left.share(3) == Limit(2.0, "its share of key")
    clock.sleep(2.0)
    assert time_left.share(2).total_s == 2.0
    assert time_left.share(0).total_s == 4.0
    clock.sleep(9.0)
    assert time_left.share(2).total_s == 0.0
    assert TimeLeft(Limit(), clock.monotonic).share(2).total_s is None


def test_a_deadline_goes_before_the_limit(hang):
    """Its error names the key that was passed."""
    with pytest.raises(LateError, match=r"within deadline_ms = 10$") as raised:
        timed(hang, "work", Limit(LONGEST_WAIT_S), 0.01)
    assert (raised.value.call, raised.value.allowed_s) == ("work", 0.01)
    assert timed(lambda: 7, "work") == 7


def test_samples_of_a_clip_are_the_same_with_a_limit():
    """It is only another thread."""
    audio = clip_of(noise(4800))
    limited, unlimited = (
        resampling(SoxrResampler(), hung_s=hung_s)[0].convert(conversion(audio)).data
        for hung_s in (LONGEST_WAIT_S, None)
    )
    assert np.array_equal(np.frombuffer(limited, "<i2"), np.frombuffer(unlimited, "<i2"))


class Slot(SoxrResampler):
    """A provider that hangs in one of its own calls."""

    name = "slot"

    def __init__(self, hang, call):
        super().__init__()
        self.n_closed, self._hang, self._call = 0, hang, call

    def _load(self):
        super()._load()
        if self._call == "load":
            self._hang()

    def _warm_up(self):
        if self._call == "warm_up":
            self._hang()

    def _close(self):
        self.n_closed += 1
        if self._call == "close":
            self._hang()


def slots(hang, call, **limits):
    """Return a chain of two providers of which the first hangs, it, and its events."""
    events, first, second = [], Slot(hang, call), SoxrResampler()
    candidates = [Candidate("slot", first), Candidate("soxr", second)]
    chain = ProviderChain(Kind.RESAMPLING, candidates, events.append, Sharing(**limits))
    return chain, first, events


@pytest.mark.parametrize("call", ["load", "warm_up"])
def test_a_provider_that_hangs_while_it_loads_is_out_and_the_next_one_serves(call, hang):
    """With the key that was passed; when it has loaded after all, nobody wants it."""
    chain, _, events = slots(hang, call, load_s=0.05)
    chain.warm_up()
    assert chain.current.name == "soxr"
    assert told(events) == left("slot", call)[::-1]
    assert events[1].reason == (
        f"resampling provider 'slot' hangs in `{call}`: "
        "no answer within assistant.load_timeout_ms = 50"
    )
    hang.set()
    until(lambda: not chain.abandoned.running)


def test_a_provider_that_hangs_when_it_is_closed_keeps_nobody(hang):
    """The others are closed as well."""
    chain, _, events = slots(hang, "close", load_s=0.05)
    chain.load_all()
    chain.close()
    assert [(e.provider, e.call) for e in events if e.event == "call_abandoned"] == [
        ("slot", "close")
    ]
    assert not any(one.provider.is_loaded for one in chain.candidates())


def test_what_a_thread_hangs_in_is_freed_when_it_has_come_back(hang):
    """Not before: the thread would find its memory gone."""
    chain, first, _ = slots(hang, "", load_s=1.0)
    chain.load_all()
    with pytest.raises(LateError) as raised:
        timed(hang, "process", Limit(0.01))
    chain.abandon("slot", raised.value)
    chain.close()
    assert (first.n_closed, first.is_loaded) == (0, True)
    hang.set()
    until(lambda: first.n_closed)
