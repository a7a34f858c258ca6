"""The assistant on a live input: it goes on listening while it answers."""

import asyncio
import threading

import numpy as np
from test_assistant_script import COMMAND, SPEECH, WAKE, Stage, names, one

from irene import Assistant, AudioFormat, InputStream
from irene.testing import AsrScript, ScriptedInput, ScriptedOutput, silence

LONGEST_WAIT_S = 5.0
"""a deadlock fails the test instead of hanging it"""


class Scene(InputStream):
    """Delivers audio and waits for events, as its script says."""

    def __init__(self, steps):
        self._steps = [
            piece
            for step in steps
            for piece in (np.array_split(step, 10) if isinstance(step, np.ndarray) else [step])
        ]
        self._closed = threading.Event()

    @property
    def format(self):
        """16 kHz mono."""
        return AudioFormat(16000)

    def read(self):
        """Return the next piece of audio, after waiting for the events before it."""
        while self._steps and not self._closed.is_set():
            step = self._steps.pop(0)
            if isinstance(step, np.ndarray):
                return step
            assert step.wait(LONGEST_WAIT_S)
        return None

    def close(self):
        """Stop."""
        self._closed.set()


def live_stage(*steps):
    """Return a stage whose input is live and plays these steps."""
    stage = Stage()

    class Live(ScriptedInput):
        """A microphone."""

        live = True

        def open_stream(self):
            """Open."""
            return Scene(steps)

    stage.input = Live
    return stage


class SlowOutput(ScriptedOutput):
    """An output that plays until it is stopped."""

    playing = threading.Event()
    stopped = threading.Event()

    def open_stream(self, sample_rate):
        """Open."""
        stream = super().open_stream(sample_rate)
        write = stream.write

        def slow_write(samples):
            write(samples)
            self.playing.set()
            self.stopped.wait(LONGEST_WAIT_S)

        stream.write = slow_write
        stream.abort = self.stopped.set
        return stream


def test_a_wake_word_while_it_speaks_stops_the_voice():
    """Barge-in: the first answer ends within a piece, the second command is answered."""
    playing, stopped = threading.Event(), threading.Event()
    output = type("Output", (SlowOutput,), {"playing": playing, "stopped": stopped})
    stage = live_stage(*COMMAND, playing, WAKE, silence(0.5), SPEECH, silence(1.5))
    stage.output = output
    events = stage.play(silence(0))
    assert stopped.is_set()
    reasons = {e["session"]: e["reason"] for e in events if e["event"] == "session_ended"}
    assert reasons == {1: "interrupted", 2: "answered"}


def test_a_live_run_has_the_events_of_a_file():
    """Nothing depends on whether audio comes from a microphone or a file."""
    assert names(live_stage(*COMMAND).play(silence(0))) == names(Stage().play(*COMMAND))


def test_without_a_wake_word_it_does_not_hear_itself():
    """While it answers it is deaf; afterwards the next utterance is heard."""
    playing, release = threading.Event(), threading.Event()
    output = type("Output", (SlowOutput,), {"playing": playing, "stopped": release})
    stage = live_stage(silence(1), SPEECH, silence(1.5), playing, SPEECH, silence(1.5))
    stage.output = output
    stage.config["voice_trigger"]["enabled"] = False
    threading.Timer(0.01, lambda: playing.wait(LONGEST_WAIT_S) and release.set()).start()
    events = stage.play(silence(0))
    assert one(events, "transcript")["session"] == 1


def test_stop_ends_a_live_run():
    """`stop()` from another thread ends the run with the reason `stopped`."""
    stage = live_stage(silence(1), threading.Event())
    registry_holder = []

    async def run():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            registry_holder.append(assistant)
            events = []
            async for event in assistant.run():
                events.append(event.to_dict())
                if event.event == "run_started":
                    assistant.stop()
            return events

    assert asyncio.run(run())[-1]["reason"] == "stopped"


def test_partial_hypotheses_do_not_hold_up_a_live_input():
    """A slow recogniser works on its own thread: reading goes on while it is busy."""
    busy, free = threading.Event(), threading.Event()

    def slow():
        busy.set()
        assert free.wait(LONGEST_WAIT_S)

    stage = live_stage(silence(1), WAKE, silence(0.5), SPEECH, busy, silence(1.5))
    stage.asr.script = AsrScript(fault=slow)
    original = stage.vad.capabilities
    threading.Timer(0.05, free.set).start()
    events = stage.play(silence(0))
    assert one(events, "transcript")["text"] == "what time is it"
    assert stage.vad.capabilities is original
