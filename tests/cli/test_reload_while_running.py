"""`irene run` follows its configuration: on SIGHUP, when its files change, on `irene reload`."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

IRENE = [sys.executable, "-m", "irene"]
LIMIT_S = 120.0
"""longest wait for anything: only reached when something is broken"""

ENDLESS = """
import threading
import numpy as np
from irene import hookimpl
from irene.testing import ScriptedAsr, ScriptedInput, ScriptedVad

class Endless(ScriptedInput):
    name = "endless"
    live = True
    audio = np.zeros(160_000, np.int16)
    block = 160

    def open_stream(self):
        stream = super().open_stream()
        read, pause = stream.read, threading.Event()

        def paced():
            pause.wait(0.01)
            samples = read()
            return np.zeros(160, np.int16) if samples is None else samples

        stream.read = paced
        return stream

class Other(ScriptedAsr):
    name = "other"

@hookimpl
def irene_asrs():
    return [ScriptedAsr, Other]

@hookimpl
def irene_vads():
    return [ScriptedVad]

@hookimpl
def irene_inputs():
    return [Endless]
"""

CONFIG = """
[assistant]
name = "{name}"
apology = "Pardon?"
[voice_trigger]
enabled = false
[vad]
default_provider = "scripted"
fallback_providers = []
[asr]
default_provider = "scripted"
[tts]
enabled = false
[intent_recognition]
enabled = false
[inputs]
default_provider = "endless"
[outputs]
default_provider = "none"
fallback_providers = []
"""


@pytest.fixture
def file(own_folder, install_plugin):
    """A configuration whose input never ends."""
    install_plugin("endless", ENDLESS)
    path = own_folder / "irene.toml"
    path.write_text(CONFIG.format(name=f"reload{os.getpid()}"))
    return path


class Process:
    """An `irene run` whose events are read as they come."""

    def __init__(self, process):
        self._process = process
        self.pid = process.pid
        self.wait = process.wait

    def event(self, *names):
        """Return the next event of one of these names."""
        for line in self._process.stdout:
            event = json.loads(line)
            if event["event"] in names:
                return event
        raise AssertionError(f"ended with {self._process.wait()} before any of {names}")

    def reloaded(self):
        """Return what came of the next reload."""
        return self.event("configuration_reloaded", "configuration_refused")


@contextmanager
def running(*options, **popen):
    """Run in the background until the block is left."""
    command = [*IRENE, "run", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **popen) as process:
        watchdog = threading.Timer(LIMIT_S, process.kill)
        watchdog.start()
        try:
            run = Process(process)
            run.event("run_started")
            yield run
        finally:
            process.kill()
            watchdog.cancel()


def edit(path, old, new):
    """Change a file as an editor does: write another one, and rename it."""
    new_file = path.with_suffix(".new")
    new_file.write_text(path.read_text().replace(old, new))
    new_file.rename(path)


def test_a_hang_up_signal_reads_the_file_again(file):
    """A good file is taken, a bad one is refused, and SIGTERM ends the run as ever."""
    with running(start_new_session=True) as run:
        edit(file, "Pardon?", "Sorry?")
        os.kill(run.pid, signal.SIGHUP)
        event = run.reloaded()
        assert event["changed"] == ["assistant.apology"]
        edit(file, '"Sorry?"', "Sorry?")
        os.kill(run.pid, signal.SIGHUP)
        assert "irene.toml:4" in run.reloaded()["problems"][0]
        os.kill(run.pid, signal.SIGTERM)
        assert run.event("run_ended")["reason"] == "stopped"
        assert run.wait(LIMIT_S) == 0


def test_a_run_that_watches_follows_every_change(file):
    """Of the file, and of the options of the command line that stand over it."""
    options = ("--watch", "--set", 'assistant.language="de"')
    with running(*options, start_new_session=True) as run:
        edit(file, 'default_provider = "scripted"\n[tts]', 'default_provider = "other"\n[tts]')
        assert run.reloaded()["changed"] == ["asr.default_provider"]
        edit(file, "[asr]", "[asr]\nlanguage = 3")
        assert "asr.language" in run.reloaded()["problems"][0]
        edit(file, "language = 3", 'language = "fr"')
        assert run.reloaded()["changed"] == ["asr.language"]


def test_the_reload_command_tells_what_has_changed_and_what_waits(file):
    """The exit status of a refused file is 2."""
    with running(start_new_session=True):
        edit(file, "Pardon?", "Sorry?")
        edit(file, "[inputs]", "[audio]\nbuffer_samples = 48000\n[inputs]")
        done = subprocess.run([*IRENE, "reload"], check=False, capture_output=True, text=True)
        assert "changed: assistant.apology" in done.stdout
        assert "needs a restart: audio.buffer_samples" in done.stdout
        assert done.returncode == 0
        edit(file, "Sorry?", 'Sorry?"')
        done = subprocess.run([*IRENE, "reload"], check=False, capture_output=True, text=True)
        assert done.returncode == 2
        assert "irene.toml:4" in done.stdout + done.stderr


def in_terminal(terminal):
    """Make a terminal the one that the process belongs to."""

    def join():
        os.setsid()
        os.close(os.open(os.ttyname(terminal), os.O_RDWR))  # the first one of a session leader

    return join


def test_a_terminal_that_is_closed_ends_a_run_in_it(file):
    """Nobody wants a microphone that goes on listening without a window."""
    master, slave = pty.openpty()
    with running(stdin=slave, stderr=subprocess.DEVNULL, preexec_fn=in_terminal(slave)) as run:
        edit(file, "Pardon?", "Sorry?")
        os.kill(run.pid, signal.SIGHUP)
        assert run.reloaded()["changed"] == ["assistant.apology"]
        os.close(slave)
        os.close(master)
        assert run.event("run_ended")["reason"] == "stopped"
        assert run.wait(LIMIT_S) == 0
