"""What nobody asked for just now: timers that are due, during everything else that may go on."""

import asyncio
import threading
from datetime import timedelta

import numpy as np
import pytest
from test_assistant_live import live_stage
from test_assistant_script import COMMAND, SPEECH, WAKE, names, one

from irene import Assistant, Intent, IntentHandler, Response
from irene.testing import AsrScript, registry_of, silence

LONGEST_WAIT_S = 5.0


class Bell(IntentHandler[None]):
    """Hands its services to the test, and answers like `Answer`."""

    name = "answer"
    intents = ("Test",)
    services = None

    def start(self, services):
        """Keep the services."""
        type(self).services = services

    def handle(self, intent, context):
        """Answer."""
        return Response(f"you said {intent.text}")


class Home:
    """A live stage with a bell; `play` returns events as dicts."""

    def __init__(self, *steps):
        self.stage = live_stage(*steps)
        self.bell = type("Bell", (Bell,), {"services": None})
        registry = self.stage.registry

        def with_bell():
            from test_assistant_script import Anything

            from irene_plugins.resampling.soxr import SoxrResampler

            stage = self.stage
            listening = (stage.trigger, stage.vad, stage.asr, stage.second_asr, stage.input)
            answering = (Anything, self.bell, stage.voice, stage.output)
            return registry_of(*listening, *answering, SoxrResampler)

        assert registry is not None
        self.stage.registry = with_bell

    def announce(self, text="Tea is ready.", **announcement):
        """Return a step of the scene that announces something."""
        return lambda: self.bell.services.announce(Response(text), **announcement)

    def hush(self):
        """Be a step of the scene that wants silence."""
        self.bell.services.hush()

    def play(self):
        """Run to the end of the scene."""
        return self.stage.play(silence(0.1))


@pytest.fixture
def home():
    """A home without a scene yet."""
    return Home()


def scene(home, *steps):
    """Play these steps in the home and return the events."""
    home.stage.input = live_stage(*steps).input
    return home.play()


def test_an_announcement_is_told_and_spoken(home):
    """Its event belongs to no session."""
    events = scene(home, silence(0.5), home.announce(), silence(0.5))
    told = one(events, "announcement")
    assert (told["text"], told["session"], told["rings"]) == ("Tea is ready.", None, False)


def test_a_run_that_was_stopped_takes_no_announcement(home):
    """A timer would be written off that nobody hears; one that was taken before has its event."""
    registry = home.stage.registry()
    assistant = Assistant.from_config(home.stage.config, registry=registry)
    taken, events = [], []

    def start(self, services):
        type(self).services = services
        taken.append(services.announce(Response("before")))
        assistant.stop()
        taken.append(services.announce(Response("after")))

    home.bell.start = start

    async def run():
        async with assistant:
            events.extend([event.to_dict() async for event in assistant.run()])
            taken.append(home.bell.services.announce(Response("for the next run")))
        taken.append(home.bell.services.announce(Response("at the end")))

    asyncio.run(run())
    assert taken == [True, False, True, False]
    assert one(events, "announcement")["text"] == "before"


def test_an_announcement_does_not_disturb_the_command_in_progress(home):
    """It is told at once and said after the answer; the command is understood whole."""
    half = SPEECH[: SPEECH.size // 2]
    events = scene(
        home,
        silence(1),
        WAKE,
        silence(0.5),
        half,
        home.announce(),
        half,
        silence(2),
    )
    order = [name for name in names(events) if name in ("announcement", "transcript", "response")]
    assert sorted(order) == ["announcement", "response", "transcript"]
    assert one(events, "transcript")["text"] == "what time is it"
    assert one(events, "session_ended")["reason"] == "answered"


def test_announcements_are_said_one_after_the_other(home):
    """Two timers that are due at once are both heard."""
    events = scene(home, home.announce("One."), home.announce("Two."), silence(0.5))
    assert [e["text"] for e in events if e["event"] == "announcement"] == ["One.", "Two."]


def test_what_was_announced_at_the_end_of_the_input_is_still_said(home):
    """The run waits for it."""
    events = scene(home, silence(0.2), home.announce())
    assert names(events).index("announcement") < names(events).index("run_ended")


def test_a_voice_that_fails_does_not_end_the_run(home):
    """The announcement was told as an event; the failure is one, too."""

    def fail():
        raise ValueError("hoarse")

    home.stage.voice.fault = staticmethod(fail)
    events = scene(home, home.announce(), silence(0.5))
    assert "hoarse" in one(events, "error")["message"]


def test_hushing_drops_what_has_not_been_said_yet(home):
    """`stop` means all of it."""
    first, second = home.announce("One."), home.announce("Two.")

    def announce_and_hush():
        first()
        second()
        home.bell.services.hush()

    events = scene(home, silence(0.2), announce_and_hush, silence(0.3))
    assert len([e for e in events if e["event"] == "announcement"]) <= 1


def test_a_handler_sets_the_volume(home):
    """Between silent and full, whatever it asks for."""
    heard = []

    def turn_up():
        services = home.bell.services
        services.volume = 7
        heard.append(services.volume)
        services.volume = -1
        heard.append(services.volume)

    scene(home, turn_up, silence(0.2))
    assert heard == [1.0, 0.0]


def test_a_handler_has_other_handlers_answer(home):
    """What a language model decides is done by whoever does it otherwise."""
    answers = []

    def ask():
        answers.append(home.bell.services.answer(Intent("Test", "hello")).text)
        answers.append([info.name for info in home.bell.services.intents()])

    scene(home, ask, silence(0.2))
    assert answers == ["you said hello", ["Test"]]


def test_work_at_a_time_is_done_while_the_assistant_runs(home):
    """A timer is due on a thread of its own."""
    rang = threading.Event()

    def put_down():
        services = home.bell.services
        services.call_at(services.clock.now() + timedelta(milliseconds=5), rang.set)

    scene(home, put_down, rang, silence(0.1))
    assert rang.is_set()


def test_a_handler_that_cannot_start_is_reported_and_answers_all_the_same(home):
    """One broken handler keeps nobody from being answered."""

    def start(self, services):
        raise OSError("no bell")

    home.bell.start = start
    events = scene(home, *COMMAND, silence(1))
    assert "no bell" in one(events, "provider_failed")["reason"]
    assert one(events, "response")["text"] == "you said what time is it"


def test_the_wake_word_interrupts_an_announcement(home):
    """Barge-in works on announcements as on answers."""
    speaking = threading.Event()

    class Endless(home.stage.output):
        """Plays until it is stopped."""

        def open_stream(self, sample_rate):
            """Open."""
            stream = super().open_stream(sample_rate)
            stopped = threading.Event()
            stream.finish = lambda: (speaking.set(), stopped.wait(LONGEST_WAIT_S))
            stream.abort = stopped.set
            return stream

    home.stage.output = Endless
    home.stage.asr.script = AsrScript(text="gibberish")
    home.stage.config["assistant"] = {"apology": ""}
    events = scene(home, home.announce(), speaking, WAKE, silence(0.5), SPEECH, silence(2))
    assert names(events).index("announcement") < names(events).index("wake_word_detected")
    assert one(events, "session_ended")["reason"] == "not_understood"


def test_an_assistant_can_run_again_after_announcements(home):
    """A second run begins in silence, and handlers are not started twice."""
    home.stage.input.audio = np.zeros(1600, np.int16)
    starts = []
    home.bell.start = lambda self, services: starts.append(services)

    async def twice():
        registry = home.stage.registry()
        async with Assistant.from_config(home.stage.config, registry=registry) as assistant:
            for _ in range(2):
                async for _event in assistant.run():
                    continue

    home.stage.input = live_stage(silence(0.1)).input
    asyncio.run(twice())
    assert len(starts) == 1


def test_an_alarm_plays_its_sound_and_its_text(home):
    """On an output where nobody listens while it is written, both come once."""
    heard = []

    class Kept(home.stage.output):
        """Keeps what it plays."""

        def open_stream(self, sample_rate):
            """Open."""
            heard.append(sample_rate)
            return super().open_stream(sample_rate)

    home.stage.output = Kept
    events = scene(home, home.announce(rings=True), silence(0.5))
    assert one(events, "announcement")["rings"] is True
    assert len(heard) >= 1


def test_hushing_ends_an_alarm(home):
    """On a live output it rings until somebody stops it."""
    rings = threading.Event()

    class Live(home.stage.output):
        """A loudspeaker."""

        live = True

        def open_stream(self, sample_rate):
            """Open."""
            stream = super().open_stream(sample_rate)
            write = stream.write
            stream.write = lambda samples: (rings.set(), write(samples))
            return stream

    home.stage.output = Live
    steps = (home.announce(rings=True), rings, home.hush, silence(0.2))
    events = scene(home, silence(0.2), *steps)
    assert names(events)[-1] == "run_ended"
