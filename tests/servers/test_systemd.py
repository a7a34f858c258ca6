"""What systemd is told: the protocol, the signs of life, and a whole run."""

import asyncio
import os
import socket
from contextlib import suppress

import numpy as np
import pytest

from irene.cli.runs.running import ForegroundRun
from irene.domain.events import RunEnded, RunStarted, WakeWordDetected
from irene.errors import ProviderUnavailableError
from irene.pipeline.assistant import Assistant
from irene.servers.systemd.liveness import Liveness
from irene.servers.systemd.notifying import Notifier
from irene.servers.systemd.reporting import ServiceReport, reported
from irene.testing import ScriptedInput, ScriptedSession, VirtualClock


class Manager:
    """A service manager: the socket that it listens on, and what it was told."""

    def __init__(self, address):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.setblocking(False)

    def told(self):
        """Return the messages that came since the last call, each a mapping."""
        messages = []
        with suppress(BlockingIOError):
            while True:
                lines = self._socket.recv(4096).decode().split("\n")
                messages.append(dict(line.split("=", 1) for line in lines))
        return messages

    def states(self):
        """Return the names of the states that were told, in order, but for the signs of life."""
        return [name for message in self.told() for name in message if name != "WATCHDOG"]

    def close(self):
        """End."""
        self._socket.close()


@pytest.fixture
def manager(tmp_path):
    """A service manager whose socket is a file."""
    manager = Manager(str(tmp_path / "notify"))
    yield manager
    manager.close()


@pytest.fixture
def environ(tmp_path, manager):
    """The variables of a service that this manager has started."""
    return {"NOTIFY_SOCKET": str(tmp_path / "notify")}


def test_states_are_one_datagram_with_a_line_for_each(manager, environ):
    """As sd_notify(3) has it."""
    Notifier.of(environ).send(READY=1, STATUS="waiting")
    assert manager.told() == [{"READY": "1", "STATUS": "waiting"}]


def test_an_abstract_socket_is_reached():
    """An address that begins with @ has no file."""
    name = f"irene-test-{os.getpid()}"
    manager = Manager(f"\0{name}")
    Notifier.of({"NOTIFY_SOCKET": f"@{name}"}).send(READY=1)
    assert manager.told() == [{"READY": "1"}]
    manager.close()


def test_a_status_of_several_lines_stays_one_state(manager, environ):
    """A line of its own would be another state."""
    Notifier.of(environ).send(STATUS="failed: one\nREADY=1")
    assert manager.told() == [{"STATUS": "failed: one READY=1"}]


@pytest.mark.parametrize("given", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_without_a_socket_nothing_is_said(given):
    """In a terminal, and for a machine whose manager is out of reach."""
    notifier = Notifier.of({**given, "WATCHDOG_USEC": "1000000"})
    assert not notifier.is_heard
    notifier.send(READY=1)


def test_a_manager_that_has_gone_does_no_harm(tmp_path):
    """The assistant goes on."""
    Notifier.of({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).send(READY=1)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_may_be_meant_for_another_process(environ, given, seconds):
    """Then, and without one, no signs of life are wanted."""
    assert Notifier.of({**environ, **given}, pid=7).watchdog_s == seconds


def test_audio_that_stands_still_is_no_life():
    """While it moves, or need not move, there is life; a stop for long enough ends it."""
    clock, pulse = VirtualClock(), [0]
    liveness = Liveness(lambda: pulse[0], clock, 10.0)
    for pulse[0] in (100, 200, None, None, 300):
        assert liveness.is_alive()
        clock.advance(9.0)
    assert liveness.is_alive()
    clock.advance(1.5)
    assert not liveness.is_alive()
    pulse[0] = 301
    assert liveness.is_alive()


class Pulse:
    """What a report asks for, at a time that a test owns."""

    def __init__(self, notifier):
        self.clock, self.count, self.warnings = VirtualClock(), 0, []
        liveness = Liveness(lambda: self.count, self.clock, 10.0)
        self.report = ServiceReport(notifier, liveness, self.warnings.append)


def test_a_listening_thread_that_hangs_starves_the_watchdog(manager, environ):
    """One warning says so; when audio comes again, so do the signs of life."""
    pulse = Pulse(Notifier.of(environ))
    pulse.report.take(RunStarted())
    manager.told()
    for _ in range(5):
        pulse.report.beat()
        pulse.clock.advance(4.0)
    assert manager.told() == [{"WATCHDOG": "1"}] * 3
    assert len(pulse.warnings) == 1
    pulse.count += 1
    pulse.report.beat()
    assert manager.told() == [{"WATCHDOG": "1"}]


def test_a_start_that_takes_long_is_given_more_time(manager, environ):
    """As long as the event loop turns: models of gigabytes are no hang."""
    pulse = Pulse(Notifier.of(environ))
    pulse.clock.advance(1000.0)
    pulse.report.beat()
    assert manager.told() == [{"WATCHDOG": "1", "EXTEND_TIMEOUT_USEC": "60000000"}]


def test_what_the_assistant_does_is_its_status(manager, environ):
    """Each change of it once."""
    report = Pulse(Notifier.of(environ)).report
    report.take(RunStarted())
    report.take(WakeWordDetected(session=1, wake_word="irene", score=1.0, provider="x"))
    report.take(RunEnded(reason="stopped"))
    told = manager.told()
    assert [message["STATUS"] for message in told if "STATUS" in message] == [
        "waiting",
        "listening",
        "ended",
    ]
    assert [name for message in told for name in message if name != "STATUS"] == [
        "READY",
        "STOPPING",
        "EXTEND_TIMEOUT_USEC",
    ]


def test_a_reload_is_told_with_its_moment(manager, environ):
    """systemd takes only a READY=1 that comes after it."""
    with Pulse(Notifier.of(environ)).report.reloading():
        (begun,) = manager.told()
    assert begun["RELOADING"] == "1"
    assert int(begun["MONOTONIC_USEC"]) > 0
    assert manager.told() == [{"READY": "1"}]


def test_why_a_run_could_not_start_is_its_last_status(manager, environ):
    """`systemctl status` shows it."""

    async def fails():
        async with reported(Notifier.of(environ), lambda: None, lambda event: None):
            raise ProviderUnavailableError("asr provider 'vosk': no model")

    with pytest.raises(ProviderUnavailableError):
        asyncio.run(fails())
    assert manager.told()[-1] == {"STATUS": "failed: asr provider 'vosk': no model"}


class Quiet:
    """A printer that calls a function at one event."""

    def at(self, name, then):
        """Call a function at each event of this name."""
        self._name, self._then = name, then

    def show(self, event):
        """Look at an event."""
        if event.event == self._name:
            self._then()


class Endless(ScriptedInput):
    """A microphone in a silent room."""

    live = True
    block = 160

    def open_stream(self):
        """Open."""
        stream = super().open_stream()
        stream.read = lambda: None if stream._position else np.zeros(160, np.int16)
        return stream


def run_of(session, source):
    """Return a run in the foreground of a scripted session, its assistant and its printer."""
    printer = Quiet()
    session.config["performance"] = {"enable_monitoring": False}
    assistant = Assistant.from_config(session.config, registry=session.registry(source))
    return ForegroundRun(assistant, printer), assistant, printer


def test_a_run_tells_its_service_manager_how_it_does(manager, environ, monkeypatch, tmp_path):
    """Ready when it listens, alive while it does, stopping in the end."""
    monkeypatch.setenv("NOTIFY_SOCKET", environ["NOTIFY_SOCKET"])
    monkeypatch.setenv("WATCHDOG_USEC", "10000000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    session = ScriptedSession(state_folder=tmp_path)
    run, assistant, printer = run_of(session, Endless)
    printer.at("run_started", assistant.stop)
    asyncio.run(run.run())
    told = manager.told()
    assert {"WATCHDOG": "1", "EXTEND_TIMEOUT_USEC": "60000000"} in told
    names = [name for message in told for name in message]
    assert names.index("READY") < names.index("STOPPING")


def test_the_pulse_of_an_assistant_counts_what_its_device_brings(tmp_path):
    """Before and after a run nothing needs to come."""
    session = ScriptedSession(state_folder=tmp_path)
    assistant = Assistant.from_config(session.config, registry=session.registry(Endless))
    seen = [assistant.pulse()]

    async def run():
        async with assistant:
            async for event in assistant.run():
                if event.event == "run_started":
                    while not assistant.pulse():
                        await asyncio.sleep(0.001)
                    seen.append(assistant.pulse() % 160)
                    assistant.stop()
        seen.append(assistant.pulse())

    asyncio.run(run())
    assert seen == [None, 0, None]
