"""The stages of language identification: each is measured where it happens, whoever identifies."""

import numpy as np
from language_bench import Bench, speech, spoken
from test_language_component import Broken, Whole

from irene import AudioChunk
from irene.components.language.listening import LanguageListener
from irene.testing import ScriptedLanguage

BLOCK = 1600


def hear(bench, audio):
    """Speak an utterance block by block, settle on its language, and return how many blocks."""
    bench.component.slot.chain.warm_up()
    listening = LanguageListener(bench.component)
    utterance = listening.open()
    starts = range(0, audio.shape[0], BLOCK)
    for start in starts:
        utterance.feed(audio[start : start + BLOCK])
        assert utterance.wait_idle(10)
    utterance.end()
    listening.settle(utterance.opinion.result(10), audio.shape[0] / 16000)
    return len(starts)


def counts(bench):
    """Return how often each stage was measured."""
    return {name: one["count"] for name, one in bench.component.metrics.get_statistics().items()}


def test_the_times_go_to_the_recorder_of_the_assistant():
    """Where everything else is, and alerts look."""
    bench = Bench()
    assert bench.component.metrics is bench.recorder.stages


def test_an_utterance_leaves_every_stage_of_the_slot():
    """Blocks, windows, smoothing over all of them, and the decision at the end."""
    bench = Bench()
    n_blocks = hear(bench, speech("de", 1.0))
    n_windows = len(bench.provider.windows)
    assert n_windows > 2
    assert counts(bench) == {
        "lid.buffer_append": n_blocks,
        "lid.frame_extract": n_windows,
        "lid.total": n_windows,
        "lid.smoothing": 1,
        "lid.sustained_detection": 1,
    }


def test_what_is_heard_as_a_whole_needs_no_smoothing():
    """One opinion is no course."""
    bench = Bench(Whole, parallel=False)
    hear(bench, speech("de", 1.0))
    found = counts(bench)
    assert "lid.smoothing" not in found
    assert (found["lid.total"], found["lid.frame_extract"]) == (1, 1)


def test_a_recording_is_measured_too():
    """Cut once, each utterance identified; the decision between utterances is not made."""
    bench = Bench(Whole)
    audio = spoken(("en", 1.0), ("", 0.5), ("de", 1.0))
    bench.component.runs_of_clip(AudioChunk(audio, 16000))
    assert counts(bench) == {"lid.frame_extract": 1, "lid.total": 2, "lid.smoothing": 1}


def test_the_total_is_the_time_of_the_identifier():
    """By the clock of the assistant."""

    class Slow(ScriptedLanguage):
        """Takes a quarter of a second."""

        fault = staticmethod(lambda: bench.clock.advance(0.25))

    bench = Bench(Slow)
    bench.component.opinion(speech("fr", 0.2))
    total = bench.component.metrics.get_statistics()["lid.total"]
    assert (total["count"], total["max"]) == (1, 250.0)


def test_an_identifier_that_fails_counts_as_an_error():
    """It has no time; that of the one that takes over counts."""
    bench = Bench(Broken)
    assert bench.component.opinion(speech("de", 0.2)).provider == "second"
    total = bench.component.metrics.get_statistics()["lid.total"]
    assert (total["count"], total["errors"]) == (1, 1)


def test_silence_is_identified_as_well():
    """A window without an opinion has cost its time all the same."""
    bench = Bench()
    assert bench.component.opinion(np.zeros(3200, np.int16)).shares == {}
    assert counts(bench)["lid.total"] == 1
