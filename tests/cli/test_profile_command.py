"""`irene profile`: recordings and the live assistant, kept, listed, shown and written."""

import asyncio
import json
import signal
import threading
import wave
from contextlib import contextmanager

import numpy as np
import pytest

from irene.cli.live.target import LiveTarget
from irene.cli.performance import profiled_run
from irene.cli.performance.profiled_run import profile_live
from irene.components.threads import start_daemon
from irene.performance.profiling.packing import to_text
from irene.performance.profiling.profile import Level, Profile, Sampling, Subject
from irene.performance.profiling.recorded import Wanted
from irene.performance.speech.demo_question import demo_recording
from irene.servers.control.claim import Claim
from irene.servers.control.server import ControlServer

LONGEST_WAIT_S = 60.0
# What is worked between two samples counts for the later one, and on a busy machine they come 50 ms
# apart: `grind` works for several of them.
PLUGIN = """
import time
from irene import hookimpl
from irene.testing import AsrScript, ScriptedAsr, ScriptedTts, ScriptedVad, ScriptedVoiceTrigger

def grind():
    end_s = time.thread_time() + 0.1
    while time.thread_time() < end_s:
        sum(range(200))

class Slow(ScriptedAsr):
    name = "slow"
    script = AsrScript(finish_fault=grind)

@hookimpl
def irene_voice_triggers():
    return [ScriptedVoiceTrigger]

@hookimpl
def irene_vads():
    return [ScriptedVad]

@hookimpl
def irene_asrs():
    return [Slow]

@hookimpl
def irene_voices():
    return [ScriptedTts]
"""
CONFIG = """
[voice_trigger]
default_provider = "scripted"
fallback_providers = []
wake_words = ["hello"]
[vad]
default_provider = "scripted"
fallback_providers = []
[asr]
default_provider = "slow"
fallback_providers = []
grammar = "off"
[tts]
default_provider = "scripted"
fallback_providers = []
[intents]
handlers = ["time"]
"""


def sound(path):
    """Write a recording that the scripted providers understand: a wake word, and a command."""
    levels = ((0, 8000), (25000, 1600), (0, 4000), (3000, 16000), (0, 24000))
    samples = np.concatenate([np.full(length, level, "<i2") for level, length in levels])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(samples.tobytes())
    return str(path)


@pytest.fixture
def profile(irene, install_plugin, own_folder):
    """Return a function that profiles the planted recogniser, on a recording."""
    install_plugin("planted", PLUGIN)
    (own_folder / "irene.toml").write_text(CONFIG)
    recording = sound(own_folder / "command.wav")

    def run(*args, recordings=(recording,)):
        return irene("profile", *recordings, *args)

    return run


def test_a_recording_is_profiled_kept_listed_shown_and_written(profile, irene, own_folder):
    """The function that the plugin wastes its time in is named, with its provider."""
    done = profile()
    assert (done.code, done.err) == (0, "")
    assert "command.wav (recording, heard 3 times, configuration irene)" in done.out
    assert "grind takes" in done.out
    assert "for asr slow:" in done.out
    assert "planted_plugin.py" in done.out
    listed = irene("profile", "--list")
    hottest = done.out.partition("  - ")[2].partition(" takes")[0]
    assert listed.out.splitlines()[1].split()[-1] == hottest
    shown = irene("profile", "--show", "1")
    assert shown.out == done.out
    written = irene("profile", "--show", "1", "--output", "p.speedscope.json")
    assert written.out == "written: p.speedscope.json\n"
    assert json.loads((own_folder / "p.speedscope.json").read_text())["profiles"]
    page = irene("profile", "--show", "1", "-o", "p.txt", "--format", "html")
    assert page.code == 0
    assert (own_folder / "p.txt").read_text().startswith("<!doctype html>")


def test_one_component_and_two_recordings(profile, own_folder):
    """`stt` is `asr`; JSON goes to standard output, and nothing else does."""
    other = sound(own_folder / "other.wav")
    done = profile(
        "--component", "stt", "--duration", "0.2", "--level", "basic", "--format", "json",
        recordings=("command.wav", other),
    )  # fmt: skip
    data = json.loads(done.out)
    assert data["subject"]["name"] == "command.wav, other.wav, only asr"
    components = {stack["component"] for one in data["threads"] for stack in one["stacks"]}
    assert components == {"asr"}
    assert data["level"] == "basic"


def test_a_recording_without_a_command_is_told(profile, own_folder):
    """What was profiled then is the listening only."""
    silent = own_folder / "silent.wav"
    with wave.open(str(silent), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(16000))
    done = profile(recordings=(str(silent),))
    assert done.code == 0
    assert "no command was answered" in done.err


def test_an_interrupted_profile_is_shown(profile, signalled):
    """Ctrl-C ends it early; what was seen until then is told, and kept."""

    def interrupt():
        while not any(one.name == "irene-profiler" for one in threading.enumerate()):
            if over.wait(0.005):
                return
        if not over.wait(0.2):
            signalled(signal.SIGINT)

    over = threading.Event()
    killer = threading.Thread(target=interrupt)
    killer.start()
    try:
        done = profile("--duration", str(LONGEST_WAIT_S))
    finally:
        over.set()
        killer.join()
    assert done.code == 0
    assert "It was ended early" in done.out


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--live", "a.wav"), "--live takes no RECORDING"),
        (("--list", "--show", "1"), "--list does not go with --show"),
        (("--live", "--realtime"), "--realtime is for recordings"),
        (("--component", "asrr"), "did you mean 'asr'"),
        (("--output", "a.svg"), "ends in .txt, .json, .speedscope.json"),
        (("--level", "thorough"), "thorough"),
        (("--duration", "0"), "--duration"),
        (("--show", "1"), "performance.db: no profile is kept yet; `irene profile` makes one"),
        (("--list", "--output", "a.html"), "--list does not go with --output"),
        (("--list", "--component", "asr"), "--list does not go with --component"),
        (("--show", "1", "--duration", "3"), "--show does not go with --duration"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_what_is_asked_wrongly_is_told_in_one_line(irene, args, told):
    """Nothing is started for it."""
    done = irene("profile", *args)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""


def test_a_file_that_is_not_there(irene):
    """It is told before any engine is loaded."""
    done = irene("profile", "nowhere.wav", "-c", "demo")
    assert done.code == 4
    assert "nowhere.wav" in done.err


def test_without_profiles_and_without_an_assistant(irene):
    """An empty list says how to make one; a live profile needs an assistant that runs."""
    assert "no profile is kept yet" in irene("profile", "--list").out
    done = irene("profile", "--live")
    assert done.code == 3
    assert "no assistant is running" in done.err


def test_the_recording_that_comes_with_irene_exists(demo_wav):
    """It is the demonstration's."""
    assert demo_recording() == str(demo_wav)


class Interrupted:
    """An answer that is waited for when Ctrl-C is pressed; no signal, which may come too early."""

    def __init__(self, answer, is_asked):
        self._answer, self._is_asked, self._is_pressed = answer, is_asked, False

    def result(self, timeout=None):
        """Wait for the answer, the first time in vain."""
        if not self._is_pressed:
            self._is_pressed = True
            assert self._is_asked.wait(LONGEST_WAIT_S)
            raise KeyboardInterrupt
        return self._answer.result(timeout)


class Served:
    """A running assistant, as far as a live profile asks it."""

    def __init__(self, store):
        self.store = store
        self.stopped, self.is_asked = threading.Event(), threading.Event()
        self.asked = []

    async def metrics(self, given):
        """Say where measurements are kept."""
        return {"store": self.store}

    async def profile(self, given):
        """Look until somebody ends it."""
        self.asked.append(given)
        if given.get("stop"):
            self.stopped.set()
            return {"stopped": True}
        if given["seconds"] > 1:
            self.is_asked.set()
            while not self.stopped.is_set():
                await asyncio.sleep(0.005)
        return {"profile": to_text(_profile(is_partial=self.stopped.is_set()))}


def _profile(is_partial):
    sampling = Sampling(1, 0.01, 0.01, 0.0, True)
    subject = Subject("live", "irene")
    return Profile(subject, Level.BASIC, 4e9, 1.0, sampling, is_partial=is_partial)


@contextmanager
def running(served):
    """Serve it on a thread, as another process would."""
    begun, loop = threading.Event(), asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve():
        commands = {"metrics": served.metrics, "profile": served.profile}
        async with ControlServer(Claim.take("irene", "test"), commands):
            begun.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert begun.wait(LONGEST_WAIT_S)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


def test_a_live_profile_is_asked_for_and_kept_in_the_file_of_the_assistant(irene, own_folder):
    """With the level and the time that somebody wants."""
    served = Served(str(own_folder / "performance.db"))
    with running(served):
        done = irene("profile", "--live", "--duration", "0.5", "--level", "basic", "--memory")
    assert done.code == 0
    assert "irene (live)" in done.out
    assert served.asked == [{"seconds": 0.5, "level": "basic", "memory": True}]
    assert (own_folder / "performance.db").exists()


def test_an_interrupted_live_profile_is_shown(monkeypatch):
    """Ctrl-C has the assistant end it early, and tell what it saw."""
    served = Served(None)

    def begun(name, work):
        return Interrupted(start_daemon(name, work), served.is_asked)

    monkeypatch.setattr(profiled_run, "start_daemon", begun)
    with running(served):
        profile = profile_live(LiveTarget(), Wanted(seconds=LONGEST_WAIT_S))
    assert profile.is_partial
    assert served.asked[-1] == {"stop": True}


def test_a_file_that_cannot_be_made_is_told_before_the_recording_is_heard(irene):
    """What takes minutes is not done in vain."""
    done = irene("profile", "--config", "demo", "--output", "nowhere/x.json")
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("nowhere/x.json: its folder does not exist\n")


def test_what_cannot_be_kept_is_shown_all_the_same(irene, own_folder):
    """A disk that is full costs the trace of a profile, not the profile."""
    (own_folder / "file").write_text("")
    store = 'performance.store_path="file/performance.db"'
    done = irene("profile", "--config", "demo", "--duration", "0.1", "--set", store)
    assert done.code == 0
    assert "samples" in done.out
    assert "irene: not kept for --list: " in done.err
