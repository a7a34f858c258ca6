"""The assistant on a live input: it goes on listening while it answers."""

import asyncio
import gc
import threading

import numpy as np
import pytest
from test_assistant_script import COMMAND, SPEECH, WAKE, Stage, names, one

from irene import Assistant, AudioFormat, DeviceError, InputStream
from irene.testing import AsrScript, ScriptedInput, ScriptedOutput, silence

LONGEST_WAIT_S = 5.0
"""a deadlock fails the test instead of hanging it"""


class Scene(InputStream):
    """Delivers audio, waits for events and calls functions, as its script says."""

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
            if callable(step):
                step()
            else:
                self._wait(step)
        return None

    def _wait(self, event):
        """Wait for an event, or for the input to be closed."""
        for _ in range(int(LONGEST_WAIT_S / 0.005)):
            if event.wait(0.005) or self._closed.is_set():
                return
        raise AssertionError("the scene waited in vain")

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
    stage = live_stage(silence(1), SPEECH, silence(1.5), playing, SPEECH, silence(1.5), release.set)
    stage.output = output
    stage.config["voice_trigger"]["enabled"] = False
    events = stage.play(silence(0))
    assert one(events, "transcript")["session"] == 1


def run_until_stopped(stage, when):
    """Run, call `stop()` at the first event of this name, and return the events."""

    async def run():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            events = []
            async for event in assistant.run():
                events.append(event.to_dict())
                if event.event == when:
                    assistant.stop()
            return events

    return asyncio.run(run())


@pytest.mark.parametrize("when", ["run_started", "speech_started", "response"])
def test_stop_ends_a_run_at_any_moment(when):
    """Waiting, listening or answering: the run ends at once, every session has its end."""
    stage = live_stage(*COMMAND, threading.Event())
    events = run_until_stopped(stage, when)
    assert (events[-1]["event"], events[-1]["reason"]) == ("run_ended", "stopped")
    assert events[-1]["session"] is None
    begun = {e["session"] for e in events} - {None}
    assert {e["session"] for e in events if e["event"] == "session_ended"} == begun


def test_leaving_the_events_early_ends_the_run():
    """`break` in the loop over the events stops reading before the engines are closed."""
    stage = live_stage(*COMMAND, threading.Event())

    async def run():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            events = assistant.run()
            async for event in events:
                if event.event == "wake_word_detected":
                    break
            await events.aclose()

    asyncio.run(run())
    readers = [thread for thread in threading.enumerate() if thread.name == "irene-capture"]
    for reader in readers:
        reader.join(LONGEST_WAIT_S)
    assert not any(reader.is_alive() for reader in readers)


def test_stop_is_heard_while_the_input_opens():
    """A pipe on which nothing ever comes does not hold up the end."""
    opening, never = threading.Event(), threading.Event()
    stage = live_stage()

    class Silent(ScriptedInput):
        """A pipe on which nothing comes."""

        def open_stream(self):
            """Wait."""
            opening.set()
            never.wait(LONGEST_WAIT_S)
            return super().open_stream()

    stage.input = Silent

    async def run():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            threading.Thread(target=lambda: opening.wait() and assistant.stop()).start()
            return [event.to_dict() async for event in assistant.run()]

    events = asyncio.run(run())
    never.set()
    assert [event["reason"] for event in events] == ["stopped"]


def test_nobody_is_told_that_an_input_failed_to_open_after_the_run_was_cancelled():
    """Ctrl-C while a pipe is silent: its process ends with the run, which is no error of anyone."""
    stage, complaints = live_stage(), []
    opening, cancelled = threading.Event(), threading.Event()

    class Ended(ScriptedInput):
        """An input whose process ends with the run."""

        def open_stream(self):
            """Fail, as soon as nobody waits any more."""
            opening.set()
            cancelled.wait(LONGEST_WAIT_S)
            raise DeviceError("its process is gone")

    stage.input = Ended

    async def run():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: complaints.append(context))
        before = asyncio.all_tasks()
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            running = asyncio.ensure_future(assistant.run().__anext__())
            while not opening.is_set():
                await asyncio.sleep(0.001)
            running.cancel()
            await asyncio.wait({running})
            cancelled.set()
            while left := asyncio.all_tasks() - before:
                await asyncio.wait(left)
            del running, left
            gc.collect()  # a task tells of an error that nobody has asked for when it goes

    asyncio.run(run())
    assert complaints == []


def test_partial_hypotheses_do_not_hold_up_a_live_input():
    """A slow recogniser works on its own thread: reading goes on while it is busy."""
    busy, free = threading.Event(), threading.Event()

    def slow():
        busy.set()
        assert free.wait(LONGEST_WAIT_S)

    stage = live_stage(silence(1), WAKE, silence(0.5), SPEECH, busy, silence(1.5), free.set)
    stage.asr.script = AsrScript(fault=slow)
    events = stage.play(silence(0))
    assert one(events, "transcript")["text"] == "what time is it"
