"""Transcripts that are kept for recordings that come again: `[asr] cache_size`."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from resampling_parts import clip_of, component, noise

from irene import AudioChunk
from irene.components.asr.component import ASRComponent
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.slot import AudioSlot
from irene.config.sections import AsrSection
from irene.domain.grammar import Grammar
from irene.domain.kinds import Kind
from irene.testing import AsrScript, ScriptedAsr


class Listener(ScriptedAsr):
    """Counts its utterances."""

    script = AsrScript()


@pytest.fixture
def listener():
    """A recogniser whose script a test may change."""
    Listener.script = AsrScript()
    return Listener()


def recogniser(*listeners, **settings):
    """Return a component of these recognisers."""
    candidates = [Candidate(f"listener {n}", one) for n, one in enumerate(listeners)]
    chain = ProviderChain(Kind.ASR, candidates, lambda event: None)
    slot = AudioSlot(chain, AsrSection(**settings), component(), lambda name: candidates[0])
    return ASRComponent(slot)


def chunk(seed=0, rate=16000):
    return AudioChunk(noise(1600, seed=seed), rate)


def test_a_recording_that_comes_again_is_not_recognised_again(listener):
    """And its text is the same."""
    asr = recogniser(listener, cache_size=4)
    texts = [asyncio.run(asr.process_audio(clip_of(noise(1600), 16000))).text for _ in range(3)]
    assert texts == ["what time is it"] * 3
    assert len(listener.utterances) == 1
    assert asr.transcripts.stats().hits == 2


def test_without_a_cache_size_every_recording_is_heard(listener):
    """The default keeps nothing."""
    asr = recogniser(listener)
    for _ in range(2):
        asr.recognize(chunk())
    assert len(listener.utterances) == 2


def test_another_recording_is_never_taken_for_it(listener):
    """One sample, the rate or the type differ."""
    asr = recogniser(listener, cache_size=9)
    first = chunk()
    changed = first.samples.copy()
    changed[-1] ^= 1
    others = [
        replace(first, samples=changed),
        replace(first, sample_rate=8000),
        replace(first, samples=first.samples.astype(np.float32)),
        replace(first, samples=first.samples.reshape(-1, 2)),
    ]
    for one in (first, *others):
        asr.recognize(one)
    assert len(listener.utterances) == 5


def test_what_guides_recognition_decides_what_is_heard(listener):
    """New sentences, new transcript."""
    asr = recogniser(listener, cache_size=9)
    asr.recognize(chunk())
    asr._grammar = Grammar.of_sentences(["turn on the light"])
    asr.recognize(chunk())
    assert len(listener.utterances) == 2


def test_another_recogniser_has_transcripts_of_its_own(listener):
    """Also the one that takes over."""
    second = Listener()
    asr = recogniser(listener, second, cache_size=9)
    asr.recognize(chunk())
    asr.recognize(chunk(), provider="listener 1")
    asr.recognize(chunk(), provider="listener 1")
    assert (len(listener.utterances), len(second.utterances)) == (1, 1)


def test_as_many_are_kept_as_the_key_says(listener):
    """The oldest goes first."""
    asr = recogniser(listener, cache_size=2)
    for seed in (0, 1, 2, 0):
        asr.recognize(chunk(seed))
    assert asr.transcripts.stats().entries == 2
    assert len(listener.utterances) == 4


class Substitute(Listener):
    """One that is always well."""

    script = AsrScript()


def test_what_somebody_stood_in_for_is_heard_again_and_takes_no_place(listener):
    """The next time the better recogniser may be well; what is kept already is as good as ever."""

    def fail():
        raise RuntimeError("out of order")

    substitute = Substitute()
    asr = recogniser(listener, substitute, cache_size=1)
    asr.recognize(chunk(0))
    Listener.script = AsrScript(fault=fail)
    assert asr.recognize(chunk(1)).provider == "listener 1"
    Listener.script = AsrScript()
    n_heard = len(listener.utterances)
    asr.recognize(chunk(0), provider="listener 0")
    assert len(listener.utterances) == n_heard
    asr.recognize(chunk(1), provider="listener 0")
    assert len(listener.utterances) == n_heard + 1


def test_a_failure_is_not_kept(listener):
    """The next time it is heard."""

    def fail():
        raise RuntimeError("out of order")

    Listener.script = AsrScript(fault=fail)
    asr = recogniser(listener, cache_size=2)
    with pytest.raises(Exception, match="out of order"):
        asr.recognize(chunk())
    Listener.script = AsrScript()
    assert asr.recognize(chunk()).hypothesis.text == "what time is it"
