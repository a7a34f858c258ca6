"""A run that is told to end finishes what it is about, and begins nothing else."""

import asyncio
import signal
import subprocess
import sys
import threading

import pytest
from test_assistant_live import SlowOutput, live_stage
from test_assistant_script import SPEECH, WAKE, one

from irene import Assistant, Response
from irene.cli.runs.running import ForegroundRun
from irene.domain.clock import SystemClock
from irene.pipeline.answering.announcing import Announcer
from irene.pipeline.draining import Drain, drained, in_progress
from irene.pipeline.event_stream import EventStream
from irene.testing import silence


def run_drained(stage, when):
    """Run, drain at the first event of this name; return the events, and what `drain` said."""
    said = []

    async def run():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            events = []
            async for event in assistant.run():
                events.append(event.to_dict())
                if event.event == when and not said:
                    said.append(assistant.drain())
            return events

    return asyncio.run(run()), said[0]


@pytest.mark.parametrize("when", ["wake_word_detected", "speech_started", "transcript", "response"])
def test_what_was_begun_is_heard_and_answered(when):
    """Wherever it stands; the input is open, and yet nobody else is heard."""
    never = threading.Event()
    steps = (silence(1), WAKE, silence(0.5), SPEECH, silence(1.5), never)
    events, was_busy = run_drained(live_stage(*steps), when)
    assert was_busy
    assert one(events, "session_ended")["reason"] == "answered"
    assert events[-1]["event"] == "run_ended"
    assert events[-1]["reason"] == "stopped"


def test_a_run_in_which_nothing_goes_on_ends_at_once():
    """As when it is stopped."""
    events, was_busy = run_drained(live_stage(silence(1), threading.Event()), "run_started")
    assert not was_busy
    assert [event["event"] for event in events] == ["run_started", "run_ended"]


def slow_stage(**assistant):
    """Return a stage whose answer is spoken until somebody stops it."""
    members = {"playing": threading.Event(), "stopped": threading.Event()}
    stage = live_stage(silence(1), WAKE, silence(0.5), SPEECH, silence(1.5), threading.Event())
    stage.output = type("Output", (SlowOutput,), members)
    stage.config["assistant"] = assistant
    return stage


def test_what_takes_longer_than_its_time_is_broken_off():
    """`assistant.drain_ms` says how long."""
    events, was_busy = run_drained(slow_stage(drain_ms=20), "response")
    assert was_busy
    assert one(events, "session_ended")["reason"] != "answered"
    assert events[-1]["reason"] == "stopped"


class Signals:
    """A printer during which signals arrive, at one event."""

    def __init__(self, arrive, when, *numbers):
        self.arrive, self.when, self.numbers, self.seen = arrive, when, list(numbers), []

    def show(self, event):
        """Look at an event."""
        self.seen.append(event.to_dict())
        if event.event == self.when:
            for number in self.numbers:
                self.arrive(number)


def test_a_second_signal_breaks_off_what_the_first_one_let_go_on(signalled):
    """The run still ends cleanly, with status 0."""
    stage = slow_stage(drain_ms=3_600_000)
    printer = Signals(signalled, "response", signal.SIGTERM, signal.SIGINT)
    assistant = Assistant.from_config(stage.config, registry=stage.registry())
    run = ForegroundRun(assistant, printer)
    asyncio.run(asyncio.wait_for(run.run(), 60))
    assert run.stopped
    assert run.exit_code == 0
    assert printer.seen[-1]["event"] == "run_ended"
    assert one(printer.seen, "session_ended")["reason"] != "answered"


LISTENER = """
import asyncio, os, signal
from irene.cli.runs.stop_signals import on_stop_signal

async def run():
    heard = []

    def stop(number):
        heard.append(number)
        return len(heard) == 1

    on_stop_signal(stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        n_heard = len(heard)
        os.kill(os.getpid(), number)
        while len(heard) == n_heard:
            await asyncio.sleep(0.001)
    print(*map(int, heard), flush=True)

asyncio.run(run())
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_signals_are_brought_as_long_as_they_are_wanted():
    """After that they kill again: who ends is a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", LISTENER], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.stdout, ended.stderr) == (f"{signal.SIGTERM:d} {signal.SIGINT:d}\n", "")
    assert ended.returncode == -signal.SIGTERM


def test_an_announcement_is_said_to_its_end_and_a_ring_is_not():
    """A ring goes on until somebody stops it."""

    async def run():
        events = EventStream(lambda event: None)
        heard, release = [], asyncio.Event()

        async def deliver(announcement):
            heard.append(in_progress(events, announcer)())
            await release.wait()
            return True

        announcer = Announcer(events, deliver)
        announcer.run()
        for rings in (False, True):
            announcer.announce(Response("tea"), rings)
        while not heard:
            await asyncio.sleep(0)
        assert not await drained(in_progress(events, announcer), SystemClock(), 0.0)
        release.set()
        while len(heard) < 2:
            await asyncio.sleep(0)
        assert await drained(in_progress(events, announcer), SystemClock(), 3600.0)
        return heard

    assert asyncio.run(run()) == [True, False]


def test_only_the_session_in_progress_is_waited_for():
    """One that follows it is another one."""

    async def run():
        events = EventStream(lambda event: None)
        announcer = Announcer(events, lambda announcement: None)
        events.enter_session(1)
        is_busy = in_progress(events, announcer)
        assert is_busy()
        events.enter_session(2)
        return is_busy()

    assert not asyncio.run(run())


@pytest.mark.parametrize("is_over", [False, True])
def test_a_drain_belongs_to_one_run(is_over):
    """Begun twice it stops once; when that run is over before, it stops no other."""

    async def run():
        stopped = []
        events = EventStream(lambda event: None)
        announcer = Announcer(events, lambda announcement: None)
        drain = Drain(events, announcer, SystemClock(), lambda: stopped.append(True))
        events.enter_session(1)
        assert drain.begin(3600.0)
        assert drain.begin(0.0)
        (task,) = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.sleep(0)
        if is_over:
            drain.give_up()
        events.leave_session(1)
        await asyncio.wait({task})
        return stopped

    assert asyncio.run(run()) == ([] if is_over else [True])
