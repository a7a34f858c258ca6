"""Repeating recorded sessions with the real assistant around scripted providers."""

import asyncio
import tempfile
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from test_assistant_live import SlowOutput, live_stage
from test_assistant_script import COMMAND, SPEECH, WAKE, Answer, Stage

from irene import Assistant, Response
from irene.config.loading import load_config
from irene.domain.events import SessionEnded
from irene.errors import ConfigurationError, ProviderFailedError
from irene.performance.replaying.repeating import anchors_of, repeat, times_of
from irene.performance.replaying.sources import OtherConfig
from irene.performance.replaying.turns import turns_of
from irene.pipeline.recording.place import recordings_in
from irene.pipeline.recording.reading import read_recording
from irene.pipeline.typed import TypedAssistant
from irene.testing import AsrScript, VirtualClock, silence

TWO = np.concatenate([*COMMAND, *COMMAND])


class Asked(Answer):
    """Answers, and remembers what it was asked and when."""

    repeatable = True
    calls: list

    def handle(self, intent, context):
        """Answer with the time of day."""
        type(self).calls.append(context.now)
        return Response(f"it is {context.now:%H:%M:%S}")


def stage_with(handler=Asked, base=Stage):
    """Return a stage with a handler of its own, that records into a folder."""
    stage = base()
    stage.handler = type("Handler", (handler,), {"calls": [], "name": "asked"})
    stage.further = (stage.handler,)
    stage.config["intents"] = {"handlers": ["asked"]}
    return stage


def recorded(stage, folder, *parts, events=None):
    """Run the stage while it is recorded; return the recordings."""
    stage.config["recorder"] = {"enabled": True, "folder": str(folder)}
    if parts:
        stage.play(*parts)
    else:
        asyncio.run(_lived(stage))
    return [read_recording(path) for path in recordings_in(folder)]


async def _lived(stage):
    async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
        return [event async for event in assistant.run()]


def test_the_same_configuration_gives_the_same_events(tmp_path):
    """Every one that is compared, of two sessions."""
    stage = stage_with()
    (recording,) = recorded(stage, tmp_path, TWO)
    repeated = repeat(recording, registry=stage.registry())
    assert repeated.is_same_config
    assert repeated.is_same, [pair.changes for pair in repeated.pairs]
    assert len(repeated.pairs) == 2
    assert repeated.n_events == 14


def test_handlers_see_the_time_of_day_that_it_was(tmp_path):
    """So "what time is it" has the same answer on another day."""
    stage = stage_with()
    (recording,) = recorded(stage, tmp_path, TWO)
    then = list(stage.handler.calls)
    repeat(recording, registry=stage.registry())
    again = stage.handler.calls[2:]
    assert len(again) == 2
    for one, other in zip(then, again, strict=True):
        assert abs((one - other).total_seconds()) < 0.5
    assert again[1] - again[0] == pytest.approx(then[1] - then[0], abs=timedelta(seconds=0.5))


def test_another_configuration_gives_differences(tmp_path):
    """Each says what was, and what is now."""
    stage = stage_with()
    (recording,) = recorded(stage, tmp_path, *COMMAND)
    stage.second_asr.script = AsrScript("gibberish")
    overrides = ("asr.default_provider=second", "asr.fallback_providers=[]")
    repeated = repeat(recording, None, overrides, registry=stage.registry())
    assert not repeated.is_same_config
    (pair,) = repeated.pairs
    found = {change.what: change.after for change in pair.changes}
    assert found["heard"] == '"gibberish"'
    assert found["understood"] == "nothing"
    assert found["by"] == "second"
    assert found["ended"] == "not_understood"


def test_a_configuration_file_with_the_same_settings_is_the_same_configuration(tmp_path):
    """Wherever it lies, so a difference is one that nobody has asked for."""
    stage = stage_with()
    (recording,) = recorded(stage, tmp_path / "kept", *COMMAND)
    file = tmp_path / "other.toml"
    file.write_text(recording.config_text)
    other = OtherConfig(str(file))
    assert repeat(recording, other, registry=stage.registry()).is_same_config
    changed = OtherConfig(str(file), ("vad.end_silence_ms=900",))
    assert not repeat(recording, changed, registry=stage.registry()).is_same_config


def test_what_is_only_recorded_or_measured_makes_no_other_configuration(tmp_path):
    """Whoever turns the recorder off again has the same assistant."""
    stage = stage_with()
    (recording,) = recorded(stage, tmp_path, *COMMAND)
    file = tmp_path / "off.toml"
    file.write_text(recording.config_text)
    other = OtherConfig(str(file), ("recorder.enabled=false", "performance.store_days=3"))
    assert repeat(recording, other, registry=stage.registry()).is_same_config


def test_what_fails_only_here_is_named(tmp_path):
    """It is the likeliest reason of a difference."""
    stage = stage_with()
    (recording,) = recorded(stage, tmp_path, *COMMAND)

    def fail():
        raise ProviderFailedError("the model is not here")

    stage.handler.handle = lambda self, intent, context: fail()
    repeated = repeat(recording, registry=stage.registry())
    assert not repeated.is_same
    assert any("the model is not here" in line for line in repeated.remarks)


def test_a_secret_that_is_not_here_stops_no_repetition(tmp_path, monkeypatch):
    """Nobody is asked who would need it; when something differs, it is named."""
    monkeypatch.setenv("ROOM_NAME", "kitchen")
    stage = stage_with()
    stage.config["assistant"] = {"apology": "${ROOM_NAME}?"}
    (recording,) = recorded(stage, tmp_path, *COMMAND)
    monkeypatch.delenv("ROOM_NAME")
    repeated = repeat(recording, registry=stage.registry())
    assert repeated.is_same
    stage.asr.script = AsrScript("something else")
    remarks = repeat(recording, registry=stage.registry()).remarks
    assert any("assistant.apology is not in the recording" in line for line in remarks)


def test_a_recorder_is_turned_on_and_off_while_the_assistant_runs(tmp_path):
    """By another configuration: the sessions between are kept, and no others."""
    stage = live()
    on = {"enabled": True, "folder": str(tmp_path)}

    async def run():
        registry = stage.registry()
        async with Assistant.from_config(stage.config, registry=registry) as assistant:
            loop, done = asyncio.get_running_loop(), [threading.Event() for _ in range(3)]

            def reload(recorder):
                config = load_config({**stage.config, "recorder": recorder}, registry=registry)
                asyncio.run_coroutine_threadsafe(assistant.reload(config), loop).result(10)

            steps = [*COMMAND, done[0], lambda: reload(on), *COMMAND, done[1]]
            steps += [lambda: reload({}), *COMMAND, done[2]]
            stage.input.open_stream = live_stage(*steps).input.open_stream
            ended = iter(done)
            async for event in assistant.run():
                if isinstance(event, SessionEnded):
                    next(ended).set()

    asyncio.run(run())
    (recording,) = [read_recording(path) for path in recordings_in(tmp_path)]
    assert recording.facts["ended"] == "reloaded"
    assert [turn.number for turn in turns_of(recording.events)] == [2]


def test_who_acts_on_the_world_is_not_asked_again(tmp_path):
    """What was answered then is answered again, and that is said."""
    stage = stage_with(type("Acting", (Asked,), {"repeatable": False}))
    (recording,) = recorded(stage, tmp_path, *COMMAND)
    n_calls = len(stage.handler.calls)
    repeated = repeat(recording, registry=stage.registry())
    assert len(stage.handler.calls) == n_calls == 1
    assert repeated.is_same
    assert any("'asked' was not asked again" in line for line in repeated.remarks)


def test_what_is_not_recorded_of_it_is_said_to_be_missing(tmp_path):
    """Another configuration has heard something else."""
    stage = stage_with(type("Acting", (Asked,), {"repeatable": False}))
    (recording,) = recorded(stage, tmp_path, *COMMAND)
    stage.asr.script = AsrScript("something else")
    repeated = repeat(recording, registry=stage.registry())
    assert any("nothing is recorded" in line for line in repeated.remarks)
    assert len(stage.handler.calls) == 1


def live(*steps):
    """Return a live stage with a voice of 2 s, and a loudspeaker that is heard."""
    stage = live_stage(*steps)
    stage.further = ()
    stage.output.live = True
    stage.config["sounds"] = dict.fromkeys(("listening", "done", "error", "alarm"), False)
    return stage


def test_what_was_said_on_a_live_input_is_repeated(tmp_path):
    """Two commands, the second one after the first was answered."""
    answered = threading.Event()
    stage = live(*COMMAND, answered, *COMMAND)
    stage.config["recorder"] = {"enabled": True, "folder": str(tmp_path)}

    async def run():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            async for event in assistant.run():
                if isinstance(event, SessionEnded):
                    answered.set()

    asyncio.run(run())
    (recording,) = [read_recording(path) for path in recordings_in(tmp_path)]
    assert recording.pace == "live"
    assert recording.facts["plays"]
    repeated = repeat(recording, registry=stage.registry())
    assert repeated.is_same, [pair.changes for pair in repeated.pairs]
    assert len(repeated.pairs) == 2


def test_the_recording_of_a_later_session_is_repeated_as_well(tmp_path):
    """It begins in the middle of the run: times are counted from there."""
    stage = stage_with()
    first, second = recorded(stage, tmp_path, *COMMAND, silence(10), *COMMAND)
    assert first.start_s == 0
    assert second.start_s > 8
    repeated = repeat(second, registry=stage.registry())
    assert repeated.is_same, [pair.changes for pair in repeated.pairs]
    assert repeated.pairs[0].after.wake_s < 7


def test_lost_audio_is_lost_again(tmp_path):
    """So what lies behind keeps its place."""
    stage = stage_with()
    (recording,) = recorded(stage, tmp_path, *COMMAND)
    chunks = list(recording.chunks)
    n_kept = len(recording.samples) - chunks[2].n_samples
    kept = np.concatenate(
        [
            recording.samples[one.first_sample : one.first_sample + one.n_samples]
            for one in chunks
            if one is not chunks[2]
        ]
    )
    holed = replace(recording, samples=kept, chunks=tuple(c for c in chunks if c is not chunks[2]))
    repeated = repeat(holed, registry=stage.registry())
    assert len(kept) == n_kept
    assert any(event.event == "audio_dropped" for event in repeated.events)
    assert repeated.is_same, [pair.changes for pair in repeated.pairs]


def test_a_muted_microphone_is_muted_again(tmp_path):
    """At the same place in the audio."""
    stage = live()

    async def run():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            steps = [*COMMAND[:3], SPEECH[:4000], assistant.mute, SPEECH, silence(1.0)]
            scene = live_stage(*steps).input
            stage.input.open_stream = scene.open_stream
            return [event async for event in assistant.run()]

    stage.config["recorder"] = {"enabled": True, "folder": str(tmp_path)}
    asyncio.run(run())
    (recording,) = [read_recording(path) for path in recordings_in(tmp_path)]
    repeated = repeat(recording, registry=stage.registry())
    assert any(event.event == "microphone_muted" for event in repeated.events)
    assert repeated.is_same, [pair.changes for pair in repeated.pairs]
    assert not recording.samples[-16000:].any()


def typed_events(config, registry, texts):
    """Ask in writing; return the events."""
    events = []

    async def run():
        clock = VirtualClock(datetime(2030, 1, 1, 12, tzinfo=timezone.utc))
        async with TypedAssistant(config, registry, events.append, clock) as typed:
            for text in texts:
                await typed.ask(text)
                clock.advance(30)

    asyncio.run(run())
    return events


def test_requests_in_writing_are_repeated_at_their_time_of_day(tmp_path):
    """In one recording, as one conversation."""
    stage = stage_with()
    stage.config["recorder"] = {"enabled": True, "folder": str(tmp_path)}
    registry = stage.registry()
    config = load_config(stage.config, registry=registry)
    typed_events(config, registry, ["what time is it", "gibberish"])
    (recording,) = [read_recording(path) for path in recordings_in(tmp_path)]
    assert [one.text for one in recording.requests] == ["what time is it", "gibberish"]
    repeated = repeat(recording, registry=registry)
    assert repeated.is_same, [pair.changes for pair in repeated.pairs]
    assert repeated.pairs[0].after.answers == ("it is 12:00:00",)
    assert repeated.pairs[1].after.reason == "not_understood"


def test_a_recording_of_somebody_else_starts_no_program(tmp_path):
    """Its configuration is looked at first."""
    stage = stage_with()
    (recording,) = recorded(stage, tmp_path, *COMMAND)
    text = recording.config_text + '\n[tts.providers.evil]\ntype = "command"\ncommand = ["sh"]\n'
    evil = replace(recording, config_text=text)
    with pytest.raises(ConfigurationError, match=r"tts\.providers\.evil\.command"):
        repeat(evil, registry=stage.registry())


def test_the_times_of_answers_are_those_of_the_events(tmp_path):
    """Counted from the beginning of the recording, and the time of day with them."""
    stage = stage_with()
    _, second = recorded(stage, tmp_path, *COMMAND, silence(10), *COMMAND)
    (times,) = times_of(second)
    (turn,) = [pair.before for pair in repeat(second, registry=stage.registry()).pairs]
    assert turn.speech[1] < times.decided_s <= times.ready_s <= times.end_s <= second.seconds
    places = [place for place, _ in anchors_of(second)]
    assert places == [0.0, pytest.approx(times.ready_s)]


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    """No state, no recording, no temporary folder."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    stage = stage_with()
    (recording,) = recorded(stage, tmp_path / "kept", TWO)
    repeat(recording, registry=stage.registry())
    assert list(scratch.iterdir()) == []
    assert len(recordings_in(tmp_path / "kept")) == 1


def test_a_wake_word_during_an_answer_interrupts_it_again(tmp_path):
    """It falls into the sound of the answer, as it did then."""
    playing, stopped = threading.Event(), threading.Event()
    stage = live(*COMMAND, playing, WAKE, silence(0.5), SPEECH, silence(1.5))
    stage.output = type("Slow", (SlowOutput,), {"playing": playing, "stopped": stopped})
    stage.output.live = True
    (recording,) = recorded(stage, tmp_path)
    stopped.set()
    repeated = repeat(recording, registry=stage.registry())
    assert [pair.before.reason for pair in repeated.pairs] == ["interrupted", "answered"]
    assert repeated.is_same, [pair.changes for pair in repeated.pairs]
