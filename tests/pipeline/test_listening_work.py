"""How much is done for each chunk of a microphone: counted, not timed."""

import math
import tracemalloc
from collections import Counter
from contextlib import contextmanager

import numpy as np
import pytest
from call_counting import CountedCalls

from irene.domain.audio import AudioChunk
from irene.pipeline.listening.command import Invitation
from irene.studies.audio_core.listening import Microphone
from irene.studies.listening_cost.silent_assistant import SilentAssistant
from irene.studies.listening_cost.silent_engines import SilentTriggerStream, SilentVadStream

CHUNKS_PER_S = 50


class Listening:
    """An assistant that hears quiet noise in blocks of 20 ms."""

    def __init__(self, assistant, microphone):
        self.assistant = assistant
        self.stream = microphone.stream

    def hear(self, n_chunks):
        """Hear so many more."""
        self.stream.give(n_chunks)
        self.assistant.hear()
        assert self.stream.is_empty

    def calls(self, n_chunks):
        """Return how often each Python function of irene was called meanwhile."""
        with CountedCalls() as counts:
            self.hear(n_chunks)
        return counts


@contextmanager
def listening(rate=48000, gate_db=0.0, in_follow_up=False, block_ms=20):
    """Lend an assistant that has been listening for some seconds."""
    microphone = Microphone(rate, block_ms)
    slots = {"resample_quality": "high"}
    assistant = SilentAssistant(microphone, rate, slots=slots, trigger={"gate_db": gate_db})
    if in_follow_up:
        invitation = Invitation(session=1, from_s=0.0, timeout_s=math.inf, was_asked=True)
        assistant.listener.attention.invite(invitation)
    one = Listening(assistant, microphone)
    one.hear(200)
    try:
        yield one
    finally:
        assistant.close()


@pytest.mark.parametrize(
    ("scene", "most"),
    [
        ({"in_follow_up": True}, 17.5),
        ({}, 12.5),
        ({"gate_db": 6.0}, 7.5),
        ({"rate": 16000, "in_follow_up": True}, 16),
        ({"rate": 16000}, 10.5),
        ({"rate": 16000, "gate_db": 6.0}, 6),
    ],
)
def test_a_chunk_takes_few_calls(scene, most):
    """Most of what the framework costs are its calls: their number does not depend on the day."""
    with listening(**scene) as one:
        counts = one.calls(1000)
    assert sum(counts.values()) / 1000 <= most, counts.most_common(20)


@pytest.mark.parametrize(
    ("scene", "most_per_s"),
    [
        ({"gate_db": 6.0}, 10.2),
        ({"rate": 16000, "gate_db": 6.0}, 10.2),
        ({}, 12.8),
        ({"in_follow_up": True}, 12.8),
        ({"rate": 16000}, 12.6),
        ({"rate": 16000, "in_follow_up": True}, 12.6),
    ],
)
def test_the_listener_is_only_given_what_it_can_use(scene, most_per_s):
    """100 ms in silence; else a window of the wake word, with those of the VAD in it."""
    with listening(**scene) as one:
        counts = one.calls(1000)
    assert counts["feed", "listener.py"] / 1000 * CHUNKS_PER_S <= most_per_s


@pytest.mark.parametrize(("gate_db", "most_per_s"), [(6.0, 10.2), (0.0, 12.8)])
def test_a_resampler_is_only_called_when_it_has_something_to_give(gate_db, most_per_s):
    """soxr from 48 to 16 kHz in HQ computes 1468 samples at a time: 32.7 times a second.

    Several of these are waited for where a window needs them.
    """
    with listening(gate_db=gate_db) as one:
        before = one.assistant.ear.tracks.of("asr")._converter.counts.conversions
        one.hear(1000)
        made = one.assistant.ear.tracks.of("asr")._converter.counts.conversions - before
    assert made / 1000 * CHUNKS_PER_S <= most_per_s


@pytest.mark.parametrize("scene", [{"in_follow_up": True}, {"gate_db": 6.0}])
def test_listening_on_takes_no_more_memory(scene):
    """Whatever is needed is taken at the beginning."""
    with listening(**scene) as one:
        tracemalloc.start()
        try:
            one.hear(200)
            before, _ = tracemalloc.get_traced_memory()
            one.hear(2000)
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert after - before < 4096


def windows_of(monkeypatch, engine, answer, rate, block_ms, joined, sound=None):
    """Return the windows that an engine heard, and how many blocks had arrived for each.

    With a sound, they come from an assistant that waits for the wake word behind its gate.
    """
    scene = {"in_follow_up": True} if sound is None else {"gate_db": 6.0}
    with listening(rate, **scene, block_ms=block_ms) as one:
        heard, read = [], [0]
        if sound is not None:
            one.stream.blocks[:] = sound

        def process(self, window):
            heard.append((read[0], window.tobytes()))
            return answer

        monkeypatch.setattr(engine, "process", process)
        take = one.stream.read

        def counted_read():
            read[0] += 1
            return take()

        if joined:
            monkeypatch.setattr(one.stream, "read", counted_read)
            one.hear(200)
        else:
            start_s = one.assistant.listener._heard_s
            one.stream.give(200)
            for number in range(200):
                samples = counted_read()
                at_s = start_s + number * len(samples) / rate
                one.assistant.listener.feed(AudioChunk(np.array(samples), rate, at_s))
    return list(heard)


@pytest.mark.parametrize("rate", [16000, 48000, 44100, 8000])
@pytest.mark.parametrize("block_ms", [5, 20, 30])
@pytest.mark.parametrize(
    ("engine", "answer"), [(SilentVadStream, 0.0), (SilentTriggerStream, {"hello": 0.0})]
)
def test_nothing_is_heard_later_or_differently_for_that(
    monkeypatch, engine, answer, rate, block_ms
):
    """Every window comes with the same block, and bit for bit, as if nothing waited."""
    joined = windows_of(monkeypatch, engine, answer, rate, block_ms, joined=True)
    every = windows_of(monkeypatch, engine, answer, rate, block_ms, joined=False)
    assert len(joined) > 10
    assert joined == every[: len(joined)]
    assert len(every) - len(joined) <= 1  # what waits at the end comes with the end


@pytest.mark.parametrize(("probability", "most"), [(0.0, 3), (1.0, 1)])
def test_windows_of_the_vad_wait_for_others_only_while_nobody_speaks(
    monkeypatch, probability, most
):
    """Up to 80 ms together in silence; in speech each comes alone, as soon as it is there."""
    heard = windows_of(monkeypatch, SilentVadStream, probability, 16000, 20, joined=True)
    together = Counter(at for at, _ in heard[5:])
    assert max(together.values()) == most


@pytest.mark.parametrize("rate", [16000, 48000])
@pytest.mark.parametrize("phase", range(8))
def test_a_wake_word_after_silence_is_heard_no_later_for_long_blocks(monkeypatch, rate, phase):
    """From 100 ms after its beginning on, every window comes as soon as with blocks of 20 ms."""
    quiet, loud, size = 100 + phase, 40, rate // 50
    dice = np.random.default_rng(phase)
    levels = np.repeat([30.0, 3000.0, 30.0], [quiet, loud, 200 - quiet - loud])
    sound = [(level * dice.standard_normal(size)).astype(np.int16) for level in levels]
    joined, every = (
        windows_of(monkeypatch, SilentTriggerStream, {}, rate, 20, joined, sound)
        for joined in (True, False)
    )
    earlier = [window for _, window in joined].index(every[0][1])
    joined = joined[earlier:]
    assert earlier <= 2  # a pre-roll that begins with the last long block is a little longer
    assert [window for _, window in joined] == [window for _, window in every[: len(joined)]]
    assert all(
        at <= quiet + 9 for (at, _), (soon, _) in zip(joined, every, strict=False) if at != soon
    )
    assert len(joined) > loud * 20 // 80
