"""The delay of answers: the real assistant, and a recogniser that takes no time."""

import dataclasses

import numpy as np
import pytest

from irene import AsrRequest
from irene.domain.kinds import Kind
from irene.performance.measuring.spread import Spread
from irene.performance.speech.demo_question import demo_question
from irene.plugin.host import PluginHost
from irene.plugin.registry import ComponentRegistry
from irene.studies.listening_cost.instant_asr import instant_plugin
from irene.studies.startup.answer_times import AnswerTimes, Scene, answer_times, percentile_95
from irene.studies.startup.command import answer_goals
from irene.studies.startup.timed_asr import TimedRegistry

ENGINES = ("pymicro_wakeword", "onnxruntime", "espeakng_loader", "hassil", "soundfile")


@pytest.fixture
def engines():
    """What the demo needs beside a recogniser."""
    for engine in ENGINES:
        pytest.importorskip(engine, reason="the demo's engines are not installed")


@pytest.fixture
def timed():
    """A registry that offers the instant recogniser alone."""
    return TimedRegistry(PluginHost([instant_plugin()]))


@pytest.mark.measures
def test_the_framework_alone_is_measured(engines, tmp_path):
    """The recogniser takes no time; a file that is not paced has no time of day to be late for."""
    (times,) = answer_times([Scene("instant", realtime=False)], 2, tmp_path)
    assert times.asr == "instant"
    assert len(times.finish_ms.values) == len(times.latency_ms.values) == 2
    assert times.finish_ms.median < times.latency_ms.median < 1000
    assert times.beyond_ms is None


@pytest.mark.measures
@pytest.mark.slow
def test_the_delay_counts_from_the_end_of_speech(engines, tmp_path):
    """In real time the wait for the input's block counts, too: longer blocks, longer delay."""
    scenes = [Scene("instant", realtime=True, block_ms=ms) for ms in (20, 400)]
    short, long = answer_times(scenes, 2, tmp_path)
    assert 0 < short.latency_ms.median < short.beyond_ms.median < long.beyond_ms.median


def test_an_engine_is_timed_from_outside(timed):
    """Once per utterance; audio, text and closing go through."""
    recogniser = timed.create(Kind.ASR, "instant")
    recogniser.warm_up()
    for _ in range(2):
        stream = recogniser.open_stream(AsrRequest())
        assert stream.accept(np.zeros(160, np.int16)) is None
        assert stream.finish().text == "what time is it"
        stream.close()
    assert len(timed.finish_ms) == 2
    assert all(0 <= took_ms < 1000 for took_ms in timed.finish_ms)


def test_the_instant_recogniser_is_not_installed():
    """Nobody gets made-up text by mistake."""
    assert "instant" not in ComponentRegistry.installed().entries(Kind.ASR)


def test_the_question_has_room_around_it():
    """Silence before and after it; the recording itself is untouched."""
    bare = demo_question(0.0)
    roomy = demo_question(tail_s=0.5, lead_in_s=0.25)
    assert roomy.duration_s == bare.duration_s + 0.75
    lead_in = bare.sample_rate // 4
    assert not roomy.samples[:lead_in].any()
    np.testing.assert_array_equal(roomy.samples[lead_in:][: bare.n_samples], bare.samples)


def test_the_goal_is_for_the_framework_with_usual_blocks():
    """Neither the engine's time nor shorter blocks than usual count."""
    instant = AnswerTimes(
        Scene("instant", realtime=True), "instant", Spread((0.0,)), Spread((1.0,)), Spread((40.0,))
    )
    others = (
        dataclasses.replace(instant, asr="pocketsphinx", beyond_ms=Spread((90.0,))),
        dataclasses.replace(instant, scene=Scene("instant", True, 20), beyond_ms=Spread((9.0,))),
        dataclasses.replace(instant, scene=Scene("instant", False), beyond_ms=None),
    )
    assert [goal.measured.median for goal in answer_goals([*others, instant])] == [40.0, 40.0]


def test_late_answers_are_seen():
    """One of ten that is late moves the 95th percentile, not the median."""
    times = Spread((*[10.0] * 9, 110.0))
    assert times.median == 10.0
    assert percentile_95(times) == pytest.approx(65.0)
