"""The commands of a real assistant, asked over its real socket while it runs."""

import asyncio
import threading

import numpy as np
import pytest
from test_assistant_live import Scene, live_stage
from test_assistant_script import COMMAND, SPEECH, WAKE, names, one

from irene import Assistant
from irene.domain.events import InputAwaited
from irene.errors import ConfigurationError, DeviceError, RequestError
from irene.servers.control.claim import Claim
from irene.servers.control.commands import commands_of
from irene.servers.control.finding import connected
from irene.servers.control.server import ControlServer
from irene.testing import silence

LONGEST_WAIT_S = 60.0


def ask(command, **arguments):
    """Return a step of a scene that asks the running assistant; its answer is kept in `.answer`."""

    def step():
        with connected("irene") as client:
            try:
                step.answer = client.ask(command, arguments, LONGEST_WAIT_S)
            except (ConfigurationError, DeviceError, RequestError) as error:
                step.answer = error

    return step


def play(stage, *steps):
    """Run these steps on the capture thread of an assistant with a control socket."""

    async def scene():
        assistant = Assistant.from_config(stage.config, registry=stage.registry())
        stage.input.open_stream = lambda self: Scene(steps)
        claim = Claim.take("irene", "test")
        control = ControlServer(claim, commands_of(assistant, assistant.stop))
        async with control, assistant:
            events = []
            async for event in assistant.run():
                control.publish(event)
                events.append(event.to_dict())
            return events

    return asyncio.run(asyncio.wait_for(scene(), LONGEST_WAIT_S))


def test_a_status_tells_the_state_of_the_session():
    """While somebody speaks, and afterwards."""
    during, after = ask("status"), ask("status")
    play(live_stage(), silence(1), WAKE, silence(0.5), SPEECH, during, silence(1.5))
    assert (during.answer["state"], during.answer["session"]) == ("listening", 1)
    assert during.answer["audio_s"] > 1.5
    play(live_stage(), silence(0.5), after)
    assert (after.answer["state"], after.answer["session"]) == ("waiting", None)


def test_the_last_error_is_in_the_status():
    """Also when the run went on."""
    stage, status = live_stage(), ask("status")
    stage.output.fault = staticmethod(_no_speaker)
    play(stage, ask("say", text="hello"), status)
    assert status.answer["last_error"]["code"] == "device"


def test_muted_and_unmuted_over_the_socket():
    """What is said meanwhile is not heard."""
    mute, status, unmute = ask("mute"), ask("status"), ask("unmute")
    events = play(live_stage(), mute, *COMMAND, status, unmute, *COMMAND)
    assert (mute.answer, unmute.answer) == (
        {"muted": True, "changed": True},
        {"muted": False, "changed": True},
    )
    assert status.answer["muted"] is True
    assert one(events, "session_ended")["session"] == 1


def test_a_text_is_said_before_the_reply_comes():
    """Whoever asks knows that it was heard."""
    say = ask("say", text="  Dinner is ready.  ", language="en")
    events = play(live_stage(), say, silence(0.2))
    assert say.answer == {"said": True}
    assert one(events, "announcement")["text"] == "Dinner is ready."


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "say: 'text' has to be a text"),
        ({"text": " "}, "say: 'text' has to be a text"),
        ({"text": "x", "language": 3}, "say: 'language' has to be a text"),
        ({"text": "x", "loud": True}, "say: there is no argument 'loud'"),
    ],
)
def test_a_text_that_is_none_is_refused(arguments, told):
    """Nothing is announced."""
    say = ask("say", **arguments)
    events = play(live_stage(), say, silence(0.1))
    assert isinstance(say.answer, RequestError)
    assert str(say.answer).startswith(told)
    assert "announcement" not in names(events)


def test_why_a_text_could_not_be_said_is_the_reply():
    """Without a voice it is a matter of the configuration, without a speaker of the device."""
    without_voice, without_speaker = ask("say", text="a"), ask("say", text="b")
    stage = live_stage()
    stage.config["tts"]["enabled"] = False
    play(stage, without_voice)
    stage = live_stage()
    stage.output.fault = staticmethod(_no_speaker)
    play(stage, without_speaker)
    assert isinstance(without_voice.answer, ConfigurationError)
    assert isinstance(without_speaker.answer, DeviceError)


def test_stopped_over_the_socket_the_run_ends():
    """The reply still comes."""
    stop = ask("stop")
    events = play(live_stage(), stop, *COMMAND * 100)
    assert stop.answer == {"stopped": "run"}
    assert (events[-1]["event"], events[-1]["reason"]) == ("run_ended", "stopped")


def test_silenced_over_the_socket_the_run_goes_on():
    """There may be nothing to silence."""
    stop = ask("stop", answer=True)
    events = play(live_stage(), stop, *COMMAND)
    assert stop.answer == {"stopped": "answer"}
    assert one(events, "session_ended")["reason"] == "answered"


def test_no_command_takes_what_it_does_not_know():
    """A misspelt argument is not ignored."""
    steps = [
        ask(name, anser=True)
        for name in ("status", "providers", "mute", "unmute", "stop", "reload", "events")
    ]
    events = play(live_stage(), *steps, silence(0.1))
    assert {type(step.answer) for step in steps} == {RequestError}
    assert names(events) == ["run_started", "run_ended"]


def test_a_changed_configuration_is_taken_over():
    """The reply says which keys; asked once more, there is nothing to do."""
    stage, first, again = live_stage(), ask("reload"), ask("reload")

    def change():
        stage.config["tts"]["rate"] = 1.5

    events = play(stage, silence(0.1), change, first, again, silence(0.1))
    assert first.answer["changed"] == ["tts.rate"]
    assert again.answer == {"refused": False, "changed": [], "restart": [], "problems": []}
    assert one(events[:-1], "run_started")


def test_a_wrong_configuration_is_refused():
    """With its problems; the assistant goes on as it was."""
    stage, reload = live_stage(), ask("reload")

    def spoil():
        stage.config["tts"]["rate"] = "fast"

    events = play(stage, silence(0.1), spoil, reload, *COMMAND)
    assert reload.answer["refused"] is True
    assert "tts.rate" in reload.answer["problems"][0]
    assert one(events, "session_ended")["reason"] == "answered"


def test_before_it_is_ready_nothing_is_reloaded():
    """Everything else can be asked already."""

    async def scene():
        stage = live_stage(np.zeros(10, np.int16))
        assistant = Assistant.from_config(stage.config, registry=stage.registry())
        commands = commands_of(assistant, assistant.stop)
        with pytest.raises(RequestError, match="is not ready yet"):
            await commands["reload"]({})
        return await commands["status"]({}), await commands["mute"]({})

    status, mute = asyncio.run(scene())
    assert (status["state"], mute["changed"]) == ("starting", True)


def test_who_waits_for_an_input_is_reloaded_meanwhile():
    """A pipe may stay silent for hours."""
    stage = live_stage(np.zeros(1600, np.int16))
    arrived, opened = threading.Event(), stage.input.open_stream

    def open_stream(self):
        assert arrived.wait(LONGEST_WAIT_S)
        return opened(self)

    stage.input.open_stream = open_stream

    async def scene():
        assistant = Assistant.from_config(stage.config, registry=stage.registry())
        commands, answers = commands_of(assistant, assistant.stop), []
        async with assistant:
            async for event in assistant.run():
                if isinstance(event, InputAwaited):
                    stage.config["tts"]["volume"] = 0.5
                    answers.append(await commands["reload"]({}))
                    arrived.set()
        return answers

    (report,) = asyncio.run(scene())
    assert (report["refused"], report["changed"]) == (False, ("tts.volume",))


def _no_speaker():
    raise DeviceError("no speaker")


def test_the_figures_are_told_with_their_labels_and_units():
    """Times by their quantiles, once there is one; whoever measures adds alerts and the file."""
    before, after = ask("metrics"), ask("metrics")

    def until_answered():
        while not _readings(after).get(("irene_session_ended_total", "answered")):
            after()

    play(live_stage(), before, after, *COMMAND, silence(1), until_answered)
    told, readings = after.answer, _readings(after)
    asr = readings["irene_stage_duration_seconds", "asr"]
    assert (asr["kind"], asr["unit"], asr["count"], asr["n"]) == ("histogram", "seconds", 1, 1)
    assert asr["p50"] == asr["p95"] == asr["max"] >= 0
    sessions = readings["irene_session_ended_total", "answered"]
    assert (sessions["kind"], sessions["value"]) == ("counter", 1.0)
    assert (told["alerts"], told["store"]) == ([], None)
    assert told["uptime_s"] >= 0
    assert ("irene_session_ended_total", "answered") not in _readings(before)


def _readings(step):
    """Return the readings of an answer by name and labels."""
    told = step.answer["readings"]
    return {(one["metric"], *one["labels"].values()): one for one in told}
