"""What an assistant tells about itself while it runs, and what it can be told."""

import asyncio
import json
import os
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_announcements import Bell, Home
from test_assistant_live import SlowOutput, live_stage
from test_assistant_script import COMMAND, Answer, Stage, names, one
from test_mute import play

from irene import Assistant, ConfigurationError, DeviceError, ProviderFailedError
from irene.domain.events import (
    ConfigurationRefused,
    ConfigurationReloaded,
    ErrorRaised,
    RunEnded,
    RunStarted,
    SessionEnded,
    SpeechEnded,
    SpeechStarted,
    Transcript,
    WakeWordDetected,
)
from irene.pipeline.state import RunState
from irene.pipeline.status import memory_use
from irene.testing import VirtualClock, silence

LONGEST_WAIT_S = 60.0


def wake(session):
    """A session begins."""
    return WakeWordDetected(session=session, wake_word="hello", score=1.0, provider="x")


def end(session):
    """A session is over."""
    return SessionEnded(session=session, reason="answered")


def transcript(session):
    """What was said is known."""
    return Transcript(session=session, text="x", provider="x", start_s=0, end_s=1, latency_ms=1)


def states(*events):
    """Return the states after each event."""
    state = RunState(VirtualClock())
    return [state.note(event) or state.doing for event in events]


def test_a_session_goes_through_the_states():
    """From the wake word to waiting for the next."""
    assert states(
        RunStarted(),
        wake(1),
        SpeechStarted(session=1, start_s=0),
        SpeechEnded(session=1, start_s=0, end_s=1),
        transcript(1),
        end(1),
        RunEnded(reason="stopped"),
    ) == ["waiting", "listening", "listening", "transcribing", "answering", "waiting", "ended"]


def test_a_session_that_another_one_has_overtaken_changes_nothing():
    """Its late events are about the past."""
    assert states(RunStarted(), wake(1), wake(2), transcript(1), end(1), end(2)) == [
        "waiting",
        "listening",
        "listening",
        "listening",
        "listening",
        "waiting",
    ]


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from([wake, transcript, end]))))
def test_when_every_session_has_ended_it_waits(steps):
    """Whatever the order of their events was."""
    state = RunState(VirtualClock())
    state.note(RunStarted())
    for session, event in steps:
        state.note(event(session))
    for session in range(1, 5):
        state.note(end(session))
    assert (state.doing, state.session) == ("waiting", None)
    assert state.n_sessions == sum(event is end for _, event in steps) + 4


def test_the_last_error_is_kept_with_its_time():
    """The one before is forgotten."""
    clock = VirtualClock()
    state = RunState(clock)
    state.note(ErrorRaised(code="device", message="no speaker"))
    clock.advance(90)
    state.note(ErrorRaised(code="provider_failed", message="no voice"))
    assert state.last_error.message == "no voice"
    assert state.last_error.at == "2030-01-01T00:01:30+00:00"


def test_a_configuration_that_was_refused_is_told_until_one_is_in_force():
    """And so is what waits for the next start, as long as the file says it."""
    state = RunState(VirtualClock())
    state.note(ConfigurationReloaded(changed=(), restart=("assistant.name",)))
    state.note(ConfigurationRefused(problems=("irene.toml:3: no",)))
    assert (state.refused, state.restart) == (("irene.toml:3: no",), ("assistant.name",))
    state.note(ConfigurationReloaded(changed=("asr.strategy",), restart=()))
    assert (state.refused, state.restart) == ((), ())


def test_the_memory_of_workers_is_told_apart():
    """A child process counts, though it is not this one."""
    import subprocess
    import sys

    before = memory_use(None)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        while memory_use(None).workers_mb <= before.workers_mb:
            pass
        assert memory_use(500.0).limit_mb == 500.0
        assert before.used_mb > 10
        assert before.limit_mb is None
    finally:
        child.communicate(b"\n")


def test_a_status_can_be_asked_for_at_any_time():
    """Before, while and after it runs; it is JSON."""
    seen = []

    def look(assistant):
        seen.append(assistant.status().to_dict())

    async def scene():
        stage = Stage()
        stage.input.audio = np.concatenate(COMMAND)
        assistant = Assistant.from_config(stage.config, registry=stage.registry())
        look(assistant)
        async with assistant:
            look(assistant)
            async for event in assistant.run():
                if event.event in ("run_started", "session_ended"):
                    await asyncio.to_thread(look, assistant)
        look(assistant)

    asyncio.run(scene())
    json.dumps(seen)
    assert (seen[0]["state"], seen[-1]["state"]) == ("starting", "ended")
    assert [one["n_sessions"] for one in seen][-1] == 1
    assert {one["pid"] for one in seen} == {os.getpid()}
    assert seen[0]["serving"] == {
        "inputs": "scripted",
        "voice_trigger": "scripted",
        "vad": "scripted",
        "asr": "first",
        "tts": "scripted",
        "outputs": "scripted",
        "resampling": "soxr",
        "intent_recognition": "anything",
    }


def test_asking_for_a_status_loads_nothing():
    """Not even the engine that would serve next."""
    stage = Stage()
    assistant = Assistant.from_config(stage.config, registry=stage.registry())
    assistant.status()
    reports = {report.name: report for report in assistant.providers() if report.kind == "asr"}
    assert [name for name, report in reports.items() if report.loaded] == []
    assert [name for name, report in reports.items() if report.serves] == ["first"]
    assert list(reports) == ["first", "second"]
    assert {report.share for report in reports.values()} == {None}


def reports_after(stage, *parts, when="session_ended"):
    """Run a stage and return the reports of its recognisers at this event, by name."""
    seen = []

    async def scene():
        stage.input.audio = np.concatenate(parts)
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            async for event in assistant.run():
                if event.event == when:
                    seen.append([r for r in assistant.providers() if r.kind == "asr"])

    asyncio.run(scene())
    return {report.name: report for report in seen[-1]}


def test_a_provider_that_failed_is_reported_behind_the_one_that_took_over():
    """Left alone for a while, with what went wrong; the order is that in which they are asked."""
    stage = Stage()
    stage.asr.script.fault = _no_engine
    reports = reports_after(stage, *COMMAND)
    assert list(reports) == ["second", "first"]
    first, second = reports["first"], reports["second"]
    assert (second.serves, second.circuit, second.failed) == (True, "closed", 0)
    assert (first.serves, first.circuit, first.failed) == (False, "open", 1)
    assert first.retry_s > 0
    assert second.retry_s is None
    assert "it broke" in first.last_failure.reason
    assert second.last_failure is None


def test_a_provider_that_cannot_be_loaded_is_reported_as_out():
    """Last, with the reason: who looks for it finds it."""
    stage = Stage()
    stage.asr.load = _no_engine_for
    reports = reports_after(stage, *COMMAND, when="run_started")
    assert list(reports) == ["second", "first"]
    assert (reports["first"].circuit, reports["first"].loaded) == ("out", False)
    assert "it broke" in reports["first"].last_failure.reason
    json.dumps([report.to_dict() for report in reports.values()])


def test_a_handler_that_failed_is_no_provider_that_is_out(monkeypatch):
    """Only those that stand in for each other have a place in the table."""
    stage, seen = Stage(), []

    async def scene():
        stage.input.audio = np.concatenate(COMMAND)
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            async for event in assistant.run():
                if event.event == "session_ended":
                    seen.extend(assistant.providers())

    monkeypatch.setattr(Answer, "handle", _no_engine_for)
    asyncio.run(scene())
    assert "intents" not in {report.kind for report in seen}


def _no_engine():
    raise ProviderFailedError("it broke")


def _no_engine_for(*anything):
    _no_engine()


def test_a_text_is_said_and_told():
    """It is an announcement; the future is done when it has been heard."""
    told = []

    def say(assistant):
        told.append(assistant.say("Dinner is ready.").result(LONGEST_WAIT_S))

    events = play(live_stage(), silence(0.2), say, silence(0.2))
    assert told == [True]
    assert one(events, "announcement")["text"] == "Dinner is ready."


def test_a_text_has_the_language_that_was_given():
    """Else that of the assistant."""
    languages, stage = [], live_stage()
    synthesize = stage.voice.synthesize

    def keep(self, request):
        languages.append(request.language)
        return synthesize(self, request)

    stage.voice.synthesize = keep
    play(
        stage,
        lambda assistant: assistant.say("one").result(LONGEST_WAIT_S),
        lambda assistant: assistant.say("zwei", "de").result(LONGEST_WAIT_S),
    )
    assert languages == ["en", "de"]


def test_without_a_voice_nothing_can_be_said():
    """It is refused, not swallowed."""
    stage = live_stage()
    stage.config["tts"]["enabled"] = False
    assistant = Assistant.from_config(stage.config, registry=stage.registry())
    with pytest.raises(ConfigurationError, match=r"tts\.enabled = false: there is no voice"):
        assistant.say("hello")


def test_a_text_that_cannot_be_said_ends_with_the_error():
    """The run goes on; whoever asked learns why."""
    stage, failures = live_stage(), []
    stage.output.fault = staticmethod(_no_speaker)

    def say(assistant):
        failures.append(assistant.say("hello").exception(LONGEST_WAIT_S))

    events = play(stage, say, silence(0.2))
    assert isinstance(failures[0], DeviceError)
    assert one(events, "error")["code"] == "device"
    assert names(events)[-1] == "run_ended"


def _no_speaker():
    raise DeviceError("no speaker")


def test_a_text_that_waits_when_the_run_ends_was_not_said():
    """Its future is done all the same."""
    playing, stopped = threading.Event(), threading.Event()
    stage, told = live_stage(), []
    stage.output = type("Output", (SlowOutput,), {"playing": playing, "stopped": stopped})

    def say_two(assistant):
        told.extend(assistant.say(text) for text in ("one", "two"))
        assert playing.wait(LONGEST_WAIT_S)
        assistant.stop()

    play(stage, say_two, silence(0.2))
    assert [future.result(LONGEST_WAIT_S) for future in told][1] is False


def test_a_text_for_which_there_is_no_run_any_more_was_not_said():
    """Nobody waits for ever."""

    async def scene():
        stage = Stage()
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            return assistant.say("hello")

    assert asyncio.run(scene()).result(LONGEST_WAIT_S) is False


def test_a_text_from_before_the_run_is_said_when_it_begins():
    """A program may greet."""

    async def scene():
        stage = Stage()
        stage.input.audio = silence(0.5)
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            told = assistant.say("hello")
            events = [event.event async for event in assistant.run()]
            return told.result(LONGEST_WAIT_S), events

    told, events = asyncio.run(scene())
    assert told is True
    assert "announcement" in events


def test_silence_for_what_waits_is_told_to_whoever_asked():
    """A handler that hushes drops announcements; none is waited for in vain."""
    playing, stopped = threading.Event(), threading.Event()
    home, told = Home(), []
    home.stage.output = type("Output", (SlowOutput,), {"playing": playing, "stopped": stopped})

    def say_two(assistant):
        told.extend(assistant.say(text) for text in ("one", "two"))
        assert playing.wait(LONGEST_WAIT_S)
        home.bell.services.hush()

    play(home.stage, say_two, silence(0.2))
    assert [future.result(LONGEST_WAIT_S) for future in told] == [True, False]
    assert issubclass(home.bell, Bell)


def test_who_no_longer_waits_does_not_cancel_what_is_said():
    """A client may vanish; the text is heard all the same."""
    stage = live_stage()

    def say_and_forget(assistant):
        assert assistant.say("hello").cancel() is False

    events = play(stage, say_and_forget, silence(0.5))
    assert one(events, "announcement")["text"] == "hello"


def test_hush_ends_the_answer_and_not_the_run():
    """The session ends as interrupted; the next command is answered."""
    playing, stopped = threading.Event(), threading.Event()
    stage = live_stage()
    stage.output = type("Output", (SlowOutput,), {"playing": playing, "stopped": stopped})

    def hush(assistant):
        assert playing.wait(LONGEST_WAIT_S)
        assistant.hush()
        assert stopped.wait(LONGEST_WAIT_S)

    events = play(stage, *COMMAND, hush, *COMMAND)
    reasons = {e["session"]: e["reason"] for e in events if e["event"] == "session_ended"}
    assert reasons == {1: "interrupted", 2: "answered"}
