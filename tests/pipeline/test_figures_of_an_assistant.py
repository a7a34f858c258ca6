"""The figures of whole runs, on scripted providers."""

import asyncio
from collections import Counter

import numpy as np
import pytest
from test_assistant_script import COMMAND, Stage

from irene import Assistant, OptimizedLRUCache, ResponseCache
from irene.cache.bounded import BoundedCache
from irene.config.loading import load_config
from irene.telemetry.catalogue import METRICS, REFUSED_SERIES
from irene.testing import AsrScript


@pytest.fixture
def stage():
    """A stage with everything in order."""
    return Stage()


def snapshot(stage, *parts):
    """Run an assistant on these pieces of audio; return its figures and its events."""
    stage.input.audio = np.concatenate(parts)

    async def run():
        assistant = Assistant.from_config(stage.config, registry=stage.registry())
        async with assistant:
            events = []
            async for event in assistant.run():
                events.append(event)
                if event.event == "run_ended":
                    taken = assistant.recorder.snapshot()
            return taken, events

    return asyncio.run(run())


def test_a_question_leaves_its_times_and_counts(stage):
    """Every stage of it, its recogniser, its session, its process."""
    found = snapshot(stage, *COMMAND)[0].values()
    assert found['irene_session_ended_total{outcome="answered"}'] == 1
    assert found['irene_wake_detections_total{provider="scripted"}'] == 1
    assert found['irene_asr_latency_seconds{provider="first"}'].count == 1
    assert found['irene_asr_realtime_ratio{provider="first"}'].p50 > 0
    assert found["irene_response_latency_seconds"].count == 1
    stages = ["capture", "resample", "wake", "vad", "asr_streaming"]
    stages += ["endpoint", "asr", "intent", "tts", "playback_start", "playback"]
    for name in stages:
        assert found[f'irene_stage_duration_seconds{{stage="{name}"}}'].count == 1, name
    assert found['irene_provider_calls_total{component="asr",provider="first",outcome="success"}']
    assert found['irene_provider_circuit_state{component="asr",provider="first"}'] == 0
    assert found['irene_cache_lookups_total{cache="phrases",result="miss"}'] == 1
    assert found["irene_audio_position_seconds"] == pytest.approx(4.1)
    assert found["irene_process_resident_bytes"] > 1e7
    assert 0 < found["irene_process_memory_ratio"] < 1


def test_a_circuit_that_opens_shows_in_its_figure(stage):
    """As 2, with the failure counted; the one that stands in stays at 0."""

    def boom():
        raise OSError("boom")

    stage.asr.script = AsrScript(fault=boom)
    stage.config["asr"]["breaker"] = {"open_ms": 30_000}
    found = snapshot(stage, *COMMAND)[0].values()
    of_first = 'component="asr",provider="first"'
    assert found[f"irene_provider_circuit_state{{{of_first}}}"] == 2
    assert found[f'irene_provider_calls_total{{{of_first},outcome="failed"}}'] == 1
    assert found['irene_provider_circuit_state{component="asr",provider="second"}'] == 0


def test_passes_of_encoders_are_told_apart_for_live_audio_and_recordings(stage):
    """That live audio never comes again is no fault of the cache."""
    stage.input.audio = np.zeros(160, np.int16)

    async def run():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            encodings = assistant._parts.engines.encodings
            for live, n_asked in ((True, 5), (False, 3)):
                for _ in range(n_asked):
                    encodings.encoded(f"window {live}", lambda: b"", live=live)
            return assistant.recorder.snapshot().values()

    found = asyncio.run(run())
    passes = "irene_encoder_passes_total"
    assert found[f'{passes}{{audio="live",result="hit"}}'] == 4
    assert found[f'{passes}{{audio="live",result="miss"}}'] == 1
    assert found[f'{passes}{{audio="recorded",result="hit"}}'] == 2
    assert found['irene_cache_lookups_total{cache="encodings",result="hit"}'] == 2
    assert found['irene_cache_lookups_total{cache="encodings",result="miss"}'] == 1


def test_a_phrase_that_is_said_again_is_a_hit(stage):
    """The hit rate of a cache can be told from its counters."""
    found = snapshot(stage, *COMMAND, *COMMAND)[0].values()
    assert found['irene_cache_lookups_total{cache="phrases",result="hit"}'] == 1


@pytest.mark.parametrize(
    "kept",
    [BoundedCache(1000), OptimizedLRUCache(), ResponseCache()],
    ids=lambda kept: type(kept).__name__,
)
def test_the_cache_of_a_provider_is_called_after_it(stage, kept):
    """Whichever of irene's caches it is."""
    kept.put("question", "answer")
    kept.get("question")
    stage.voice.caches = property(lambda self: (kept,))
    found = snapshot(stage, *COMMAND)[0].values()
    assert found['irene_cache_lookups_total{cache="tts.scripted",result="hit"}'] == 1
    assert found['irene_cache_entries{cache="tts.scripted"}'] == 1


def test_the_answers_of_a_language_model_are_a_cache(stage):
    """Read from the real handler, beside those of the other parts."""
    pytest.importorskip("yaml", reason="the extra `intents` is not installed")
    from irene_plugins.intents.llm.handler import LlmHandler

    class Kept(LlmHandler):
        """Has been asked twice."""

        def start(self, services):
            super().start(services)
            self.answers.put("question", ("Because.",))
            self.answers.get("question")
            self.answers.get("another")

    stage.config["intents"] = {
        "handlers": ["answer", "llm"],
        "providers": {"llm": {"model": "m", "temperature": 0.0, "cache_answers": 5}},
    }
    stage.further = (Kept,)
    found = snapshot(stage, *COMMAND)[0].values()
    assert found['irene_cache_lookups_total{cache="intents.llm",result="hit"}'] == 1
    assert found['irene_cache_lookups_total{cache="intents.llm",result="miss"}'] == 1
    assert found['irene_cache_entries{cache="intents.llm"}'] == 1


def test_the_figures_of_a_run_agree_with_its_events(stage):
    """They count the same things."""
    taken, events = snapshot(stage, *COMMAND, *COMMAND, *COMMAND)
    counts = Counter(event.event for event in events)
    found = taken.values()
    assert found['irene_session_ended_total{outcome="answered"}'] == counts["session_ended"] == 3
    assert found['irene_wake_detections_total{provider="scripted"}'] == 3
    assert found['irene_intent_results_total{outcome="recognized"}'] == 3


def test_a_provider_that_fails_is_seen(stage):
    """Its failures, and who took over."""

    def dead():
        raise RuntimeError("dead")

    stage.asr.script = AsrScript(fault=dead)
    found = snapshot(stage, *COMMAND)[0].values()
    calls = 'irene_provider_calls_total{component="asr",provider="%s",outcome="%s"}'
    assert found[calls % ("first", "failed")] == 1
    assert found[calls % ("second", "success")] == 1
    assert found['irene_asr_latency_seconds{provider="second"}'].count == 1


def test_every_figure_is_in_the_catalogue_and_is_told_once(stage):
    """Two values of one name and labels would be refused by Prometheus."""
    readings = snapshot(stage, *COMMAND)[0].readings
    assert {reading.metric for reading in readings} <= set(METRICS)
    assert max(Counter(reading.key for reading in readings).values()) == 1


def test_without_monitoring_nothing_is_taken(stage):
    """The configuration can do without."""
    stage.config["performance"] = {"enable_monitoring": False}
    found = snapshot(stage, *COMMAND)[0].values()
    assert set(found) == {REFUSED_SERIES.name}


def test_the_window_of_the_percentiles_can_be_configured(stage):
    """More history costs memory."""
    stage.config["performance"] = {"max_metrics_history": 10}
    found = snapshot(stage, *[*COMMAND] * 12)[0].values()
    stage_time = found['irene_stage_duration_seconds{stage="asr"}']
    assert (stage_time.count, stage_time.window) == (12, 10)


def test_a_reload_goes_on_with_the_same_figures(stage):
    """Counters do not begin again because somebody changed a threshold."""
    stage.input.audio = np.concatenate(COMMAND)

    async def run():
        registry = stage.registry()
        assistant = Assistant.from_config(stage.config, registry=registry)
        async with assistant:
            async for _ in assistant.run():
                pass
            before = assistant.recorder
            changed = {**stage.config, "vad": {**stage.config["vad"], "end_silence_ms": 650}}
            report = await assistant.reload(load_config(changed, registry=registry))
            async for _ in assistant.run():
                pass
            assert assistant.recorder is before
            return report, before.snapshot().values()

    report, found = asyncio.run(run())
    assert "vad.end_silence_ms" in report.changed
    assert found['irene_session_ended_total{outcome="answered"}'] == 2
    assert found['irene_stage_duration_seconds{stage="vad"}'].count == 2
