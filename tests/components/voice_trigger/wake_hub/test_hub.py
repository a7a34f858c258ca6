"""A hub with an engine whose scores are the level, in virtual time."""

import gc
import threading
import weakref
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import until

from irene import (
    AudioFormatError,
    ConfigurationError,
    ProviderFailedError,
    VoiceTrigger,
    VoiceTriggerCapabilities,
    VoiceTriggerStream,
    WakeWordHub,
)
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.resampling import component
from irene.components.resampling.live_conversion import LiveConversion
from irene.components.voice_trigger.wake_hub.engines import EnginePool
from irene.config.loading import load_config
from irene.domain.kinds import Kind
from irene.plugin.host import installed_plugins
from irene.testing import VirtualClock, registry_of

BLOCK = 1280
QUIET = np.random.default_rng(0).normal(0, 5, BLOCK).astype(np.int16)
LOUD = np.random.default_rng(1).normal(0, 900, BLOCK).astype(np.int16)
WORD = np.random.default_rng(2).normal(0, 9000, BLOCK).astype(np.int16)


class Engine(VoiceTrigger):
    """Hears a wake word where it is very loud; each window takes `cost_s` of virtual time."""

    name = "levels"
    capabilities = VoiceTriggerCapabilities(window=BLOCK, wake_words=("hello",))
    cost_s = 0.0
    clock = VirtualClock()
    heard: list = []
    streams: weakref.WeakSet = weakref.WeakSet()

    def open_stream(self, wake_words):
        stream = Stream()
        Engine.streams.add(stream)
        return stream


class Stream(VoiceTriggerStream):
    def __init__(self):
        self.n_heard = self.n_resets = 0
        self.is_closed = False

    def process(self, window) -> Mapping[str, float]:
        assert not self.is_closed
        self.n_heard += 1
        level = float(np.sqrt(np.mean(np.square(window, dtype=np.float64))))
        Engine.heard.append((self, level))
        Engine.clock.sleep(Engine.cost_s)
        return {"hello": min(1.0, level / 10000)}

    def reset(self):
        self.n_heard = 0
        self.n_resets += 1

    def close(self):
        self.is_closed = True


class Broken(Engine):
    """Raises in every second window."""

    name = "broken"

    def open_stream(self, wake_words):
        return BrokenStream()


class BrokenStream(Stream):
    def process(self, window):
        raise RuntimeError("no")


class FailsAtWords(Engine):
    """Raises in the first window of a word, and takes eight windows for one of the others'."""

    name = "fails_at_words"
    capabilities = VoiceTriggerCapabilities(window=BLOCK // 8, wake_words=("hello",))

    def open_stream(self, wake_words):
        return StreamThatFailsAtWords()


class StreamThatFailsAtWords(Stream):
    def process(self, window):
        scores = super().process(window)
        assert scores["hello"] < 0.5
        return scores


def hub_of(*names, **settings):
    Engine.heard = []
    Engine.cost_s = settings.pop("cost_s", 0.0)
    Engine.clock = VirtualClock()
    events = []
    max_delay_s = settings.pop("max_delay_s", 0.5)
    on_event = settings.pop("on_event", events.append)
    registry = registry_of(Engine, Broken, FailsAtWords, installed=installed_plugins())
    section = {
        "default_provider": names[0],
        "fallback_providers": list(names[1:]),
        "wake_words": ["hello"],
        "confidence_threshold": 0.5,
        **settings,
    }
    config = load_config({"voice_trigger": section}, registry=registry, environ={})
    hub = WakeWordHub(
        config, registry, on_event=on_event, max_delay_s=max_delay_s, clock=Engine.clock
    )
    return hub, events


def kinds(events):
    return [event.event for event in events]


def settle(hub, streams):
    """A stream begins with an open gate: somebody may be in the middle of a word."""
    play(hub, streams, [QUIET] * 60)
    Engine.heard.clear()
    hub.stats(forget=True)


def play(hub, streams, script, tick_s=0.08):
    """Feed every stream a block each 80 ms; the hub works in between, and may fall behind."""
    due_s = Engine.clock.monotonic()
    for block in script:
        Engine.clock.sleep(due_s - Engine.clock.monotonic())
        for stream in streams:
            stream.feed(block, due_s)
        hub.work()
        due_s += tick_s


def test_silence_needs_no_engine():
    """The gate stays shut, and nobody is listened to."""
    hub, _ = hub_of("levels")
    streams = [hub.open(str(n)) for n in range(20)]
    settle(hub, streams)
    play(hub, streams, [QUIET] * 50)
    assert Engine.heard == []
    assert hub.stats().n_windows == 0
    hub.close()


def test_a_word_is_told_with_its_stream_and_its_time():
    """Audio time of that stream."""
    hub, events = hub_of("levels")
    kitchen, hall = hub.open("kitchen"), hub.open("hall")
    play(hub, [hall], [QUIET] * 10)
    play(hub, [kitchen, hall], [QUIET] * 25)
    play(hub, [kitchen], [LOUD, WORD, LOUD])
    assert [(one.stream, one.wake_word, one.time_s) for one in events] == [
        ("kitchen", "hello", pytest.approx(27 * 0.08))
    ]
    hub.close()


def test_the_pre_roll_is_heard_and_nothing_twice():
    """A second of what was before the sound, then everything, in order."""
    hub, _ = hub_of("levels", pre_roll_ms=800)
    stream = hub.open("a")
    settle(hub, [stream])
    play(hub, [stream], [QUIET] * 15 + [LOUD] * 5)
    levels = [level for _, level in Engine.heard]
    assert [level > 100 for level in levels] == [False] * 10 + [True] * 5
    hub.close()


def test_an_engine_that_comes_back_has_forgotten_when_it_is_lent_again():
    """Two streams, one after the other, with one engine between them."""
    hub, _ = hub_of("levels")
    first, second = hub.open("a"), hub.open("b")
    settle(hub, [first])
    settle(hub, [second])
    play(hub, [first], [LOUD] * 3 + [QUIET] * 40)
    assert hub.stats().n_hearing == 0
    play(hub, [second], [LOUD])
    (engine,) = {engine for engine, _ in Engine.heard}
    assert engine.n_resets == 3
    assert engine.n_heard == 13
    hub.close()


@pytest.mark.parametrize(
    ("samples", "complaint"),
    [
        (WORD.reshape(-1, 1, 1), r"of shape \(1280, 1, 1\): an array"),
        (WORD.reshape(-1, 1)[:, :0], r"of shape \(1280, 0\): an array"),
        (np.int16(3), "are int16: an array"),
        (WORD.astype(np.int32), "are int32: an array of int16 or float32"),
        (WORD.astype(">i2"), "are >i2: an array"),
        (WORD.tobytes(), "are bytes: an array"),
    ],
)
def test_a_block_that_is_no_audio_is_refused_and_harms_no_other_stream(samples, complaint):
    """It used to end the hub, or was heard as noise."""
    hub, events = hub_of("levels")
    good, bad = hub.open("good"), hub.open("bad")
    with pytest.raises(AudioFormatError, match=complaint):
        bad.feed(samples)
    play(hub, [good], [QUIET] * 20 + [WORD] * 3)
    assert [event.stream for event in events] == ["good"]


def test_floats_far_beyond_full_scale_are_loud():
    """And nothing more: no sum of them is infinite, also of two channels."""
    hub, events = hub_of("levels")
    stream = hub.open("a")
    quiet = np.stack([QUIET, QUIET], 1).astype(np.float32) / 32768
    with np.errstate(all="raise"):
        play(hub, [stream], [quiet] * 20 + [np.full_like(quiet, 3e38)] * 3)
    assert [event.stream for event in events] == ["a"]


@pytest.mark.parametrize(
    ("due_s", "error", "given"),
    [
        ("now", TypeError, "'now'"),
        ([1.0], TypeError, "of type list"),
        (float("nan"), ValueError, "nan"),
        (float("-inf"), ValueError, "-inf"),
    ],
)
def test_an_arrival_at_no_time_is_refused_and_harms_no_other_stream(due_s, error, given):
    """It ended the hub, or whatever came then was taken for far too late."""
    hub, events = hub_of("levels")
    good, bad = hub.open("good"), hub.open("bad")
    with pytest.raises(error) as caught:
        bad.feed(WORD, due_s)
    line = f"due_s is {given}; a clock time in seconds, or None for now, is right"
    assert str(caught.value) == line
    play(hub, [good], [QUIET] * 20 + [WORD] * 3)
    assert [event.stream for event in events] == ["good"]
    hub.close()


@pytest.mark.parametrize(("name", "given"), [(5, "5"), (None, "None"), ([], "of type list")])
def test_a_name_that_is_no_text_is_refused(name, given):
    """Events would call the stream something that their readers do not expect."""
    hub, _ = hub_of("levels")
    with pytest.raises(TypeError) as caught:
        hub.open(name)
    assert str(caught.value) == f"name is {given}; a text (str) is right"
    assert hub.stats().n_streams == 0
    hub.close()


@pytest.mark.parametrize("max_delay_s", [-1, 0, float("nan"), float("inf")])
def test_a_delay_that_is_no_time_is_refused(max_delay_s):
    """Everything would be too late, or nothing ever."""
    with pytest.raises(ConfigurationError, match=r"max_delay_s is .*: seconds above 0, or None"):
        hub_of("levels", max_delay_s=max_delay_s)


def test_a_stream_that_is_closed_takes_nothing_and_harms_no_namesake():
    """It went on being heard, and a second `close` ended the next stream of its name."""
    hub, events = hub_of("levels")
    old = hub.open("kitchen")
    old.close()
    hub.work()
    with pytest.raises(RuntimeError, match="'kitchen' is closed: open another one"):
        old.feed(WORD)
    new = hub.open("kitchen")
    old.close()
    play(hub, [new], [QUIET] * 20 + [WORD] * 3)
    assert (kinds(events), hub.stats().n_streams) == (["stream_wake_word_detected"], 1)


def test_streams_of_a_hub_that_is_closed_keep_nothing():
    """A satellite may go on sending: nobody would ever take what it sends."""
    hub, _ = hub_of("levels")
    stream = hub.open("kitchen")
    hub.close()
    with pytest.raises(RuntimeError, match="is closed"):
        stream.feed(QUIET)
    stream.close()


def test_the_conversion_of_a_stream_that_was_not_closed_is_closed_with_the_hub(monkeypatch):
    """It never comes to its end; nor does that of a stream whose name was taken."""
    closed = []

    class Noted(LiveConversion):
        def close(self):
            closed.append(self)
            super().close()

    monkeypatch.setattr(component, "LiveConversion", Noted)
    hub, _ = hub_of("levels")
    hub.open("kitchen", 48_000).feed(QUIET)
    with pytest.raises(ConfigurationError, match="is open"):
        hub.open("kitchen", 48_000)
    assert len(closed) == 1
    hub.close()
    assert len(closed) == 2


@pytest.mark.parametrize("rate", [0, -16_000, 16, 44_100.5])
def test_a_stream_of_no_audio_rate_is_refused(rate):
    """No resampler is blamed for it."""
    hub, events = hub_of("levels")
    with pytest.raises(AudioFormatError, match="sample rate"):
        hub.open("kitchen", rate)
    assert events == []
    hub.open("kitchen", np.int32(48_000))


def test_windows_are_heard_in_the_order_in_which_they_became_complete():
    """A stream that was loud first does not get further ahead."""
    hub, _ = hub_of("levels", pre_roll_ms=80)
    streams = [hub.open(str(n)) for n in range(5)]
    settle(hub, streams)
    play(hub, streams, [LOUD] * 2)
    Engine.heard.clear()
    for _ in range(4):
        for stream in streams:
            stream.feed(LOUD)
    hub.work()
    order = [id(engine) for engine, _ in Engine.heard]
    assert order == order[:5] * 4
    assert len(set(order[:5])) == 5
    hub.close()


def test_an_overload_is_told_once_and_so_is_its_end():
    """30 streams of which 8 could be heard; then it is quiet again."""
    hub, events = hub_of("levels", cost_s=0.01)
    streams = [hub.open(str(n)) for n in range(30)]
    settle(hub, streams)
    events.clear()
    before_s = hub.stats().skipped_s
    play(hub, streams, [LOUD] * 100 + [QUIET] * 200)
    assert kinds(events) == ["overloaded", "overload_ended"]
    assert events[0].streams == 30
    assert 0 < events[0].set_aside < 30
    assert events[1].skipped_s > 30
    skipped_s = sum(stream.skipped_s for stream in streams) - before_s
    assert skipped_s == pytest.approx(events[1].skipped_s)
    assert hub.stats().n_set_aside == 0
    hub.close()


@pytest.mark.parametrize("gate_db", [0, 6])
def test_what_streams_skipped_that_are_closed_is_told_as_well(gate_db):
    """It was left out, and what they had skipped before was subtracted: the sum was negative."""
    hub, events = hub_of("levels", cost_s=0.01, gate_db=gate_db)
    streams = [hub.open(str(n)) for n in range(30)]
    play(hub, streams, [LOUD] * 100)
    for stream in streams:
        stream.close()
    hub.work()
    ends = [one.skipped_s for one in events if one.event == "overload_ended"]
    assert min(ends) > 0
    assert sum(ends) == pytest.approx(sum(stream.skipped_s for stream in streams))
    assert sum(ends) + 0.08 * len(Engine.heard) > 30 * 100 * 0.08
    hub.close()


def test_an_overload_in_which_the_hub_is_closed_is_over():
    """Whoever shows it would show it for ever, and what it cost would be missing."""
    hub, events = hub_of("levels", cost_s=0.01)
    streams = [hub.open(str(n)) for n in range(30)]
    play(hub, streams, [LOUD] * 100)
    assert kinds(events) == ["overloaded"]
    hub.close()
    assert kinds(events) == ["overloaded", "overload_ended"]
    assert events[-1].seconds == pytest.approx(100 * 0.08, abs=2.0)
    assert events[-1].skipped_s == pytest.approx(sum(stream.skipped_s for stream in streams))


def test_a_stream_whose_sound_is_over_is_not_set_aside_for_the_silence_behind_it():
    """What waited is not heard; the silence asks for no engine, and counts as nothing skipped."""
    hub, events = hub_of("levels", cost_s=0.01, gate_hold_ms=100)
    streams = [hub.open(str(n)) for n in range(40)]
    settle(hub, streams)
    events.clear()
    before_s = hub.stats().skipped_s
    play(hub, streams, [np.concatenate([LOUD, LOUD, *[QUIET] * 4])])
    assert hub.stats().n_set_aside == hub.stats().n_hearing == 0
    skipped_s, n_heard = hub.stats().skipped_s, len(Engine.heard)
    assert skipped_s > before_s
    play(hub, streams, [QUIET] * 100)
    assert (hub.stats().skipped_s, len(Engine.heard)) == (skipped_s, n_heard)
    assert kinds(events) == ["overloaded", "overload_ended"]
    assert events[-1].skipped_s == pytest.approx(skipped_s - before_s)
    hub.close()


@pytest.mark.parametrize("n_quiet", [2, 5, 20])
def test_what_a_pre_roll_brings_back_after_all_is_not_skipped(n_quiet):
    """A stream that was set aside is quiet for a moment: its last second is heard, not missing."""
    hub, events = hub_of("levels", pre_roll_ms=800, gate_hold_ms=100)
    stream = hub.open("a")
    settle(hub, [stream])
    louder = [(LOUD * (1 + 0.1 * number)).astype(np.int16) for number in range(30)]
    Engine.cost_s = 0.2
    for block in louder[:20]:
        stream.feed(block)
    hub.work()
    assert hub.stats().n_set_aside == 1
    Engine.cost_s = 0.0
    play(hub, [stream], [QUIET] * n_quiet + louder[20:] + [QUIET] * 40)
    levels = {round(level) for _, level in Engine.heard if level > 100}
    assert stream.skipped_s == pytest.approx((len(louder) - len(levels)) * 0.08, abs=0.2)
    assert kinds(events) == ["overloaded", "overload_ended"]
    assert events[-1].skipped_s == pytest.approx(stream.skipped_s)
    hub.close()


def test_a_word_is_heard_in_a_stream_that_has_just_become_loud_although_others_are_too_much():
    """Old sounds make way."""
    hub, events = hub_of("levels", cost_s=0.01)
    old, new = [hub.open(str(n)) for n in range(30)], hub.open("new")
    settle(hub, [*old, new])
    due_s = Engine.clock.monotonic()
    for block in [QUIET] * 60 + [LOUD, WORD, LOUD]:
        Engine.clock.sleep(due_s - Engine.clock.monotonic())
        for stream in old:
            stream.feed(LOUD, due_s)
        new.feed(block, due_s)
        hub.work()
        due_s += 0.08
    assert "overloaded" in kinds(events)
    assert [one.stream for one in events if one.event == "stream_wake_word_detected"] == ["new"]
    hub.close()


def test_what_fits_is_never_given_up():
    """Six streams of eight that could be heard."""
    hub, events = hub_of("levels", cost_s=0.01, pre_roll_ms=80)
    streams = [hub.open(str(n)) for n in range(6)]
    play(hub, streams, [QUIET] * 20 + [LOUD] * 100)
    assert events == []
    assert hub.stats().skipped_s == 0
    assert hub.stats().p99_delay_s < 0.2
    hub.close()


def test_without_a_limit_recordings_are_heard_to_the_last_window():
    """Far faster or slower than they were spoken."""
    hub, events = hub_of("levels", cost_s=1.0, max_delay_s=None)
    streams = [hub.open(str(n)) for n in range(3)]
    for stream in streams:
        stream.feed(np.concatenate([QUIET] * 20 + [LOUD] * 100 + [WORD]))
        stream.close()
    hub.work()
    assert sorted(one.stream for one in events) == ["0", "1", "2"]
    assert len(Engine.heard) > 3 * 100
    hub.close()


@given(
    script=st.lists(st.sampled_from([QUIET, LOUD, WORD]), min_size=5, max_size=80),
    cuts=st.lists(st.integers(1, 40 * BLOCK), max_size=10),
    pre_roll_ms=st.sampled_from([100, 300, 1000]),
    cost_s=st.sampled_from([0.0, 0.0009, 1.0]),
    cut_off=st.integers(1, BLOCK),
    rate=st.sampled_from([8000, 16_000, 48_000]),
)
def test_without_a_limit_no_block_is_too_long_and_no_engine_too_slow(
    script, cuts, pre_roll_ms, cost_s, cut_off, rate
):
    """Nothing is skipped, and the same words are heard as in short blocks, at the same times."""
    audio = np.concatenate(script)[:-cut_off]
    heard = []
    for places in (range(320, len(audio), 320), sorted(cuts)):
        hub, events = hub_of(
            "levels", cost_s=cost_s, max_delay_s=None, pre_roll_ms=pre_roll_ms, gate_hold_ms=100
        )
        streams = [hub.open("a", rate), hub.open("b", rate)]
        for stream in streams:
            for block in np.split(audio, places):
                stream.feed(block)
        streams[0].close()
        hub.work()
        assert hub.stats().skipped_s == streams[0].skipped_s == 0
        hub.close()
        heard.append(sorted((event.stream, event.time_s) for event in events))
    assert heard[0] == heard[1]


@pytest.mark.parametrize("pre_roll_ms", [0, 100])
def test_a_word_at_the_very_end_is_heard_however_little_is_kept(pre_roll_ms):
    """Its window is whole only in the pause behind it, which is longer than what is kept here."""
    hub, events = hub_of("levels", max_delay_s=0.1, pre_roll_ms=pre_roll_ms)
    stream = hub.open("a")
    play(hub, [stream], [QUIET] * 25 + [LOUD, WORD[:-100]])
    stream.close()
    hub.work()
    assert kinds(events) == ["stream_wake_word_detected"]
    assert stream.skipped_s == 0
    hub.close()


def test_what_a_provider_failed_at_is_heard_although_it_has_become_quiet():
    """The next one hears a second again, in windows of its own length, before it is given back."""
    names = ("fails_at_words", "levels")
    hub, events = hub_of(*names, max_delay_s=None, gate_hold_ms=100, pre_roll_ms=400)
    stream = hub.open("a")
    stream.feed(np.concatenate([LOUD, *[QUIET] * 50, LOUD, WORD, *[QUIET] * 50, LOUD, WORD]))
    stream.close()
    hub.work()
    words = [one.time_s for one in events if one.event == "stream_wake_word_detected"]
    assert words == [pytest.approx(53 * 0.08, abs=0.08), pytest.approx(105 * 0.08, abs=0.08)]
    hub.close()


def test_a_provider_with_longer_windows_stands_in_and_nothing_is_forgotten():
    """How much may wait is a matter of time, not of windows of the provider before."""
    hub, events = hub_of("fails_at_words", "levels", cost_s=0.01, max_delay_s=None)
    stream = hub.open("a")
    stream.feed(np.concatenate([WORD, *[LOUD] * 200, WORD]))
    stream.close()
    hub.work()
    assert kinds(events).count("stream_wake_word_detected") == 2
    assert stream.skipped_s == 0
    hub.close()


def test_audio_that_comes_far_too_late_is_lost_and_what_follows_keeps_its_time():
    """It is not even judged, so that a stalled program catches up."""
    hub, events = hub_of("levels", max_delay_s=0.1)
    stream = hub.open("a")
    play(hub, [stream], [QUIET] * 25)
    stream.feed(LOUD)
    Engine.clock.sleep(5.0)
    hub.work()
    play(hub, [stream], [QUIET, LOUD, WORD])
    assert stream.lost_s == pytest.approx(0.08)
    assert [one.time_s for one in events] == [pytest.approx(29 * 0.08)]
    hub.close()


def test_what_a_conversion_holds_back_keeps_the_time_before_a_loss():
    """A word that came before it is told at its own time, not later by what was lost."""
    hub, events = hub_of("levels", max_delay_s=0.1)
    stream = hub.open("a", 48_000)
    quiet, word = np.repeat(QUIET, 3), np.repeat(WORD, 3)
    play(hub, [stream], [quiet] * 25 + [np.append(word, quiet[:30])])
    assert events == []
    stream.feed(quiet)
    Engine.clock.sleep(5.0)
    play(hub, [stream], [quiet] * 5)
    assert stream.lost_s == pytest.approx(0.08)
    assert [one.time_s for one in events] == [pytest.approx(26 * 0.08)]
    hub.close()


def test_another_provider_stands_in_for_all_streams_and_no_word_is_lost():
    """The one that fails is told; the next one hears the audio again."""
    hub, events = hub_of("broken", "levels")
    streams = [hub.open(str(n)) for n in range(4)]
    play(hub, streams, [QUIET] * 20 + [LOUD, WORD, LOUD])
    found = [one for one in events if one.event == "stream_wake_word_detected"]
    assert sorted(one.stream for one in found) == ["0", "1", "2", "3"]
    assert {one.provider for one in found} == {"levels"}
    assert "provider_failed" in kinds(events)
    hub.close()


def test_a_hub_without_a_working_provider_says_so():
    """To whoever works, and to whoever feeds its thread."""
    hub, _ = hub_of("broken")
    stream = hub.open("a")
    with pytest.raises(ProviderFailedError, match="no"):
        play(hub, [stream], [QUIET] * 20 + [LOUD] * 20)


def test_a_thread_works_inside_with():
    """Everything that was fed is heard when it ends."""
    hub, events = hub_of("levels")
    with hub:
        stream = hub.open("a")
        for block in [QUIET] * 20 + [LOUD, WORD, LOUD]:
            stream.feed(block)
    assert [one.stream for one in events] == ["a"]


def test_names_are_unique_among_open_streams():
    """A closed one may be opened again."""
    hub, _ = hub_of("levels")
    first = hub.open("a")
    with pytest.raises(ConfigurationError, match="'a' is open"):
        hub.open("a")
    first.close()
    hub.work()
    hub.open("a")
    hub.close()


def test_who_is_told_of_a_word_may_raise_and_nothing_is_forgotten():
    """The rest of the block is heard, the next word is told, and the engine is given back."""
    hub, _ = hub_of("levels", max_delay_s=None)
    stream, told = hub.open("a"), []

    def raise_once(event):
        told.append(event)
        if len(told) == 1:
            raise ValueError("an error of the program's own")

    hub._on_event = raise_once
    settle(hub, [stream])
    stream.feed(np.concatenate([LOUD, WORD, *[LOUD] * 40, WORD, LOUD]))
    with pytest.raises(ValueError, match="the program's own"):
        hub.work()
    play(hub, [stream], [QUIET] * 60)
    assert kinds(told) == ["stream_wake_word_detected"] * 2
    assert len([level for _, level in Engine.heard if level > 100]) == 44
    assert hub.stats().n_hearing == 0
    hub.close()


def test_who_is_told_of_a_failure_may_raise_and_nothing_is_forgotten():
    """It is told when nothing is half done: the next provider hears what this one failed at."""
    told = []

    def raise_once(event):
        told.append(event)
        if len(told) == 1:
            raise ValueError("an error of the program's own")

    hub, _ = hub_of("broken", "levels", max_delay_s=None, on_event=raise_once)
    stream = hub.open("a")
    stream.feed(np.concatenate([WORD, *[LOUD] * 40]))
    with pytest.raises(ValueError, match="the program's own"):
        hub.work()
    play(hub, [stream], [QUIET] * 60)
    assert kinds(told)[0] == "provider_failed"
    assert kinds(told).count("stream_wake_word_detected") == 1
    assert len([level for _, level in Engine.heard if level > 100]) == 41
    assert hub.stats().n_hearing == 0
    hub.close()


def test_of_two_who_want_one_name_at_the_same_time_one_gets_it():
    """Each on a thread of its own; the streams of others are numbered apart."""
    hub, _ = hub_of("levels")
    both, prepare = threading.Barrier(2), hub._track

    def prepared(sample_rate):
        track = prepare(sample_rate)
        both.wait(5)
        return track

    hub._track = prepared
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(hub.open, "a") for _ in range(2)]
        refused = [one.exception() for one in asked if one.exception() is not None]
        others = [pool.submit(hub.open, name) for name in "bc"]
        numbers = {one.result()._state.number for one in others}
    assert [type(one) for one in refused] == [ConfigurationError]
    assert len(numbers) == 2
    hub.close()


def test_a_disabled_voice_trigger_is_no_hub():
    """It would hear nothing."""
    with pytest.raises(ConfigurationError, match="enabled is false"):
        hub_of("levels", enabled=False)


def test_streams_that_are_closed_leave_nothing_behind():
    """1000 streams are opened, heard and closed, twice: the second time takes no more memory."""
    hub, _ = hub_of("levels")

    def once():
        for number in range(1000):
            stream = hub.open(str(number))
            stream.feed(QUIET)
            stream.feed(LOUD)
            stream.close()
            hub.work()
        gc.collect()
        return psutil.Process().memory_info().rss

    first = once()
    # what earlier tests have left running may take some meanwhile
    assert any(once() - first < 5e6 for _ in range(3))
    assert hub.stats().n_streams == hub.stats().n_hearing == 0
    hub.close()
    assert all(stream.is_closed for stream in Engine.streams if stream.n_heard or stream.n_resets)


class Hanging(Engine):
    """Hangs in its third window, until it is released."""

    name = "hanging"
    released = threading.Event()

    def open_stream(self, wake_words):
        return HangingStream()


class HangingStream(Stream):
    def process(self, window):
        if self.n_heard == 2:
            assert Hanging.released.wait(30)
        return super().process(window)


@pytest.fixture
def hanging_hub():
    """A hub whose first engine hangs in its third window, and its events."""
    registry = registry_of(Engine, Hanging, installed=installed_plugins())
    section = {
        "default_provider": "hanging",
        "fallback_providers": ["levels"],
        "wake_words": ["hello"],
        "confidence_threshold": 0.5,
        "gate_db": 0,
    }
    settings = {"voice_trigger": section, "assistant": {"hang_timeout_ms": 100}}
    config = load_config(settings, registry=registry, environ={})
    Engine.cost_s, events = 0.0, []
    Hanging.released.clear()
    hub = WakeWordHub(config, registry, on_event=events.append, max_delay_s=None)
    yield hub, events
    Hanging.released.set()
    hub.close()


def heard_in(events):
    return [event.stream for event in events if event.event == "stream_wake_word_detected"]


def test_an_engine_that_hangs_is_left_and_its_windows_are_heard(hanging_hub):
    """By another thread and another engine, from a second before on, with the next audio; whoever
    asks for figures meanwhile gets them."""
    hub, events = hanging_hub
    stream = hub.open("kitchen")
    hub.start()
    stream.feed(np.concatenate([*[QUIET] * 4, WORD]))
    until(lambda: kinds(events).count("call_abandoned") == 1)
    assert hub.stats().n_streams == 1

    def is_heard():
        stream.feed(QUIET)
        return heard_in(events) == ["kitchen"]

    until(is_heard)


def test_a_stream_that_ends_while_its_engine_hangs_is_let_go(hanging_hub):
    """Once all of it was heard; other streams go on."""
    hub, events = hanging_hub
    stream, other = hub.open("kitchen"), hub.open("hall")
    for block in [QUIET] * 5 + [WORD]:
        stream.feed(block)
    stream.close()
    hub.start()  # only now: so the hub learns of the end before it has heard a window
    until(lambda: hub.stats().n_streams == 1)
    assert heard_in(events) == ["kitchen"]
    for block in [QUIET] * 5 + [WORD]:
        other.feed(block)
    until(lambda: heard_in(events) == ["kitchen", "hall"])


class Shared(Engine):
    """Stands for streams that share a model; the hub's thread takes a while to let one forget."""

    name = "shared"
    others_turn = threading.Event()
    n_forgetting = 0

    def open_stream(self, wake_words):
        if Shared.n_forgetting:
            Shared.others_turn.set()
        return SharedStream()


class SharedStream(Stream):
    def reset(self):
        super().reset()
        if threading.current_thread() is not threading.main_thread():
            Shared.n_forgetting += 1
            Shared.others_turn.wait(0.05)
            Shared.n_forgetting -= 1


def test_nobody_calls_an_engine_while_another_one_forgets():
    """Not in the idle moments of the hub's thread either: a program may just be warming it up."""
    registry = registry_of(Shared, installed=installed_plugins())
    section = {"default_provider": "shared", "wake_words": ["hello"], "gate_hold_ms": 100}
    settings = {"voice_trigger": section, "assistant": {"hang_timeout_ms": 0}}
    config = load_config(settings, registry=registry, environ={})
    Engine.cost_s = 0.0
    Shared.others_turn.clear()
    hub = WakeWordHub(config, registry, max_delay_s=None)
    for name in "abcd":
        hub.open(name).feed(np.concatenate([LOUD, *[QUIET] * 10]))
    with hub:
        until(lambda: Shared.n_forgetting)
        hub.warm_up(30)
    assert not Shared.others_turn.is_set()


class HangsIn(Engine):
    """Hangs in a call that is none of hearing, until it is released."""

    name = "hanging"
    call = ""

    def open_stream(self, wake_words):
        if self.call == "open_stream":
            assert Hanging.released.wait(30)
        stream = super().open_stream(wake_words)
        if self.call != "open_stream":
            setattr(stream, self.call, lambda: Hanging.released.wait(30))
        return stream


@pytest.mark.parametrize("call", ["open_stream", "reset", "close"])
def test_an_engine_that_hangs_when_it_is_lent_or_taken_back_is_left(call):
    """The next one is lent; who hangs is counted and named."""
    Hanging.released.clear()
    events, hanging = [], type("HangsInIt", (HangsIn,), {"call": call})()
    candidates = [Candidate("hanging", hanging), Candidate("levels", Engine())]
    chain = ProviderChain(Kind.VOICE_TRIGGER, candidates, events.append, Sharing(hung_s=0.2))
    pool = EnginePool(chain, ("hello",), most_idle=0 if call == "close" else 4)
    lent = pool.lend()
    assert lent.serving.name == ("levels" if call == "open_stream" else "hanging")
    pool.give_back(lent)
    while pool.recycle():
        pass
    assert [(one.provider, one.call) for one in chain.abandoned.running] == [("hanging", call)]
    assert kinds(events).count("call_abandoned") == 1
    Hanging.released.set()
    until(lambda: not chain.abandoned.running)
    pool.close()


def test_a_stream_that_hangs_while_it_forgets_is_closed_when_it_has_come_back():
    """Not before: it makes one call at a time, and the memory that it works on must stay."""
    Hanging.released.clear()
    order = []

    class Slow(Engine):
        name = "slow"

        def open_stream(self, wake_words):
            stream = super().open_stream(wake_words)
            stream.reset = lambda: (Hanging.released.wait(30), order.append("reset is back"))
            stream.close = lambda: order.append("closed")
            return stream

    chain = ProviderChain(
        Kind.VOICE_TRIGGER, [Candidate("slow", Slow())], [].append, Sharing(hung_s=0.05)
    )
    pool = EnginePool(chain, ("hello",))
    pool.give_back(pool.lend())
    assert pool.recycle()
    assert order == []
    Hanging.released.set()
    until(lambda: len(order) == 2)
    assert order == ["reset is back", "closed"]
    pool.close()
    assert len(order) == 2
