"""What events of a run become as figures."""

import pytest

from irene.domain.events import (
    EVENTS,
    AudioDropped,
    DeviceLost,
    ErrorRaised,
    IntentNotRecognized,
    IntentRecognized,
    ProviderFailed,
    ProviderSwitched,
    SessionEnded,
    SpeechStarted,
    SpeechSynthesized,
    Transcript,
    WakeWordDetected,
    Warned,
    WorkerDied,
)
from irene.pipeline.figures.of_events import EventFigures
from irene.telemetry.recorder import Recorder
from irene.telemetry.trace import Trace
from irene.testing import VirtualClock


def values(*events):
    """Return the figures after these events, by name with labels."""
    recorder = Recorder(VirtualClock())
    figures = EventFigures(recorder)
    for event in events:
        figures.note(event)
    return recorder.snapshot().values()


def transcript(**changed):
    """Two seconds of speech were recognised."""
    known = {"text": "x", "provider": "vosk", "start_s": 1, "end_s": 3, "latency_ms": 100}
    return Transcript(**{**known, **changed})


@pytest.mark.parametrize(
    ("event", "key", "value"),
    [
        (
            WakeWordDetected(wake_word="hello", score=1, provider="mww"),
            'irene_wake_detections_total{provider="mww"}',
            1,
        ),
        (
            IntentRecognized(intent="Time", text="x"),
            'irene_intent_results_total{outcome="recognized"}',
            1,
        ),
        (
            IntentNotRecognized(text="x"),
            'irene_intent_results_total{outcome="not_recognized"}',
            1,
        ),
        (
            SpeechSynthesized(seconds=1.5, provider="espeak", cached=False),
            'irene_tts_audio_seconds_total{provider="espeak"}',
            1.5,
        ),
        (
            ErrorRaised(code="device", message="x"),
            'irene_pipeline_errors_total{code="device"}',
            1,
        ),
        (Warned(message="x"), "irene_pipeline_warnings_total", 1),
        (DeviceLost(device="mic", reason="x"), "irene_audio_devices_lost_total", 1),
        (
            ProviderSwitched(kind="asr", from_="a", to="b", reason="x"),
            'irene_provider_switches_total{component="asr"}',
            1,
        ),
        (
            WorkerDied(kind="asr", provider="vosk", worker=0, reason="x", restart_s=1),
            'irene_worker_deaths_total{component="asr",provider="vosk"}',
            1,
        ),
        (
            AudioDropped(seconds=0.5, reason="overflow", n_samples=8000),
            'irene_audio_lost_samples_total{reason="overflow"}',
            8000,
        ),
        (
            AudioDropped(seconds=0.5, reason="overflow", n_samples=8000),
            'irene_audio_lost_seconds_total{reason="overflow"}',
            0.5,
        ),
        (
            SessionEnded(reason="answered"),
            'irene_session_ended_total{outcome="answered"}',
            1,
        ),
        (transcript(), 'irene_asr_audio_seconds_total{provider="vosk"}', 2),
    ],
    ids=lambda part: part.split("{")[0] if isinstance(part, str) else "",
)
def test_what_happens_is_counted(event, key, value):
    """Each event adds to its counter, in the base unit."""
    assert values(event)[key] == value
    assert values(event, event)[key] == 2 * value


def test_the_time_of_recognition_is_kept_by_recogniser():
    """In seconds, though the event has milliseconds."""
    found = values(transcript(latency_ms=100, rtf=0.2))
    assert found['irene_asr_latency_seconds{provider="vosk"}'].total == pytest.approx(0.1)
    assert found['irene_asr_realtime_ratio{provider="vosk"}'].p50 == pytest.approx(0.2)


def test_a_recogniser_whose_work_was_not_measured_has_no_ratio():
    """Nothing is made up."""
    assert 'irene_asr_realtime_ratio{provider="vosk"}' not in values(transcript())


def spoken_session(first_audio=True):
    """Return the spans of a session: 1 s before speech ended, 0.6 s to the first audio."""
    clock = VirtualClock()
    trace = Trace("session", clock)
    with trace.span("listening") as listening:
        clock.advance(1)
    trace.add("vad", 0.25, listening, 40)
    answering = trace.begin("response")
    stages = [("endpoint", 0.3), ("asr", 0.1), ("intent", 0.05), ("tts", 0.1)]
    for name, seconds in [*stages, *([("playback_start", 0.05)] if first_audio else [])]:
        with trace.span(name, answering):
            clock.advance(seconds)
    trace.finish(answering)
    with trace.span("playback"):
        clock.advance(2)
    return trace.to_dict()


def test_every_stage_of_a_session_has_its_own_time():
    """Without the stages inside it, so that nothing counts twice."""
    found = values(SessionEnded(reason="answered", spans=spoken_session()))
    times = {
        key.split('"')[1]: value.total
        for key, value in found.items()
        if key.startswith("irene_stage_duration_seconds")
    }
    assert times == pytest.approx(
        {
            "session": 0,
            "listening": 0.75,
            "vad": 0.25,
            "response": 0,
            "endpoint": 0.3,
            "asr": 0.1,
            "intent": 0.05,
            "tts": 0.1,
            "playback_start": 0.05,
            "playback": 2,
        },
        abs=1e-6,
    )
    assert sum(times.values()) == pytest.approx(3.6)
    assert found["irene_session_duration_seconds"].total == pytest.approx(3.6)


def test_the_response_time_ends_with_the_first_audio():
    """It is what a person waits."""
    found = values(SessionEnded(reason="answered", spans=spoken_session()))
    assert found["irene_response_latency_seconds"].total == pytest.approx(0.6)


def test_an_answer_that_nobody_heard_has_no_response_time():
    """It would look like a fast one."""
    found = values(SessionEnded(reason="interrupted", spans=spoken_session(first_audio=False)))
    assert "irene_response_latency_seconds" not in found


def test_nothing_that_was_said_is_in_the_figures():
    """Neither text nor intents become labels."""
    events = [transcript(text="secret"), IntentRecognized(intent="Secret", text="secret")]
    assert not any("secret" in key.lower() for key in values(*events))


def test_other_events_change_nothing():
    """What has no figure is passed over."""
    assert SpeechStarted in EVENTS
    assert values(SpeechStarted(start_s=0)) == values()


@pytest.mark.parametrize(
    ("reason", "n"),
    [
        ("MemoryError", 1),
        ("OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", 1),
        ("RuntimeError: std::bad_alloc", 1),
        ("whisper takes 900 MB, more than all of memory.ram_budget_mb = 500: raise that", 1),
        ("ValueError: odd", 0),
    ],
)
def test_memory_that_nobody_gave_is_counted(reason, n):
    """Whoever says it, in its own words."""
    found = values(ProviderFailed(kind="asr", provider="near", reason=reason))
    key = 'irene_memory_allocation_failures_total{component="asr",provider="near"}'
    assert found.get(key, 0) == n
