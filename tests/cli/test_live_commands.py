"""Commands that talk to a running assistant: real processes, real engines."""

import asyncio
import json
import re
import select
import signal
import subprocess
import sys
import threading
import time
import wave
from contextlib import contextmanager

import pytest
from quick_start import ONE_HANDLER

from irene.cli.live.lines import duration, followed_line, provider_lines, status_lines, tell_reload
from irene.components.threads import in_thread
from irene.domain.events import EVENTS, ErrorRaised, ProviderSwitched, Transcript
from irene.domain.speech import Word
from irene.servers.control.claim import Claim
from irene.servers.control.finding import running
from irene.servers.control.server import ControlServer

PROGRAM = [sys.executable, "-m", "irene"]
SILENCE = "/dev/zero"
"""an input that never ends"""
LONGEST_WAIT_S = 90.0

QUICK = """
from irene import hookimpl
from irene.testing import (
    ScriptedAsr, ScriptedOutput, ScriptedTts, ScriptedVad, ScriptedVoiceTrigger
)

@hookimpl
def irene_voice_triggers():
    return [ScriptedVoiceTrigger]

@hookimpl
def irene_vads():
    return [ScriptedVad]

@hookimpl
def irene_asrs():
    return [ScriptedAsr]

@hookimpl
def irene_voices():
    return [ScriptedTts]

@hookimpl
def irene_outputs():
    return [ScriptedOutput]
"""
QUICK_CONFIG = """
[voice_trigger]
default_provider = "scripted"
fallback_providers = []
wake_words = ["hello"]
[vad]
default_provider = "scripted"
fallback_providers = []
[asr]
default_provider = "scripted"
fallback_providers = []
[tts]
default_provider = "scripted"
[intent_recognition]
enabled = false
[outputs]
default_provider = "scripted"
fallback_providers = []
"""


@contextmanager
def started(*args):
    """Start `irene run` on endless silence, in real time; it is killed if it does not end."""
    with open(SILENCE, "rb") as source:  # noqa: PTH123 - a device
        run = subprocess.Popen(
            [*PROGRAM, "run", "--json", *args, "--input", "-", "--realtime"],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    watch = threading.Timer(LONGEST_WAIT_S, run.kill)
    watch.start()
    try:
        yield run
    finally:
        watch.cancel()
        run.kill()
        run.wait()
        run.stdout.close()
        run.stderr.close()


@contextmanager
def assistant(*args):
    """Start an assistant and wait until it listens."""
    with started(*args) as run:
        assert next(read(run))["event"] == "run_started"
        yield run


def read(run):
    """Yield the events of a run as they come."""
    return (json.loads(line) for line in run.stdout)


@pytest.fixture
def quick(install_plugin, own_folder):
    """Engines that take no time to load, in the folder's own configuration."""
    install_plugin("quick", QUICK)
    (own_folder / "irene.toml").write_text(QUICK_CONFIG)


@pytest.fixture
def alone(quick):
    """One assistant that runs."""
    with assistant() as run:
        yield run


def is_there(follower):
    """Whether a follower has printed something."""
    return bool(select.select([follower.stdout], [], [], 0.01)[0])


def test_an_assistant_is_asked_muted_spoken_through_and_stopped(irene, own_runtime):
    """With real engines, each by a command of its own; then the run has ended cleanly."""
    for engine in ("pymicro_wakeword", "pocketsphinx", "espeakng_loader", "hassil"):
        pytest.importorskip(engine, reason=f"a whole run needs {engine}")
    with assistant("--config", "demo", "--output", "none", *ONE_HANDLER) as run:
        follow = [*PROGRAM, "events", "--json"]
        follower = subprocess.Popen(follow, stdout=subprocess.PIPE, text=True)
        while not is_there(follower):
            irene("mute")
            irene("unmute")
        status = json.loads(irene("status", "--json").out)
        assert (status["name"], status["pid"], status["state"]) == ("irene", run.pid, "waiting")
        assert (status["muted"], status["serving"]["inputs"]) == (False, "stdin")
        assert irene("unmute").out == "it was not muted\n"
        assert irene("mute").out == "muted\n"
        assert irene("mute").out == "it was muted already\n"
        assert "muted" in irene("status").out
        assert irene("say", "--live", "Dinner", "is", "ready.").out == "said\n"
        assert irene("stop", "--answer").out == "it is silent\n"
        assert irene("unmute").out == "it hears again\n"
        stopped = irene("stop")
        assert (stopped.code, stopped.out) == (0, "stopped\n")
        told = list(read(run))
        assert (run.wait(), run.stderr.read()) == (0, "")
    with follower.stdout:
        followed = list(read(follower))
    assert follower.wait() == 0
    assert told[-1]["event"] == "run_ended"
    assert followed == told[-len(followed) :]
    assert {"announcement", "microphone_muted"} < {event["event"] for event in followed}
    assert list((own_runtime / "irene").iterdir()) == []


def test_what_is_said_while_it_is_muted_is_not_heard(irene, demo_wav):
    """A question while muted, the same one afterwards: real speech, real engines, one answer."""
    for engine in ("pymicro_wakeword", "pocketsphinx", "espeakng_loader", "hassil"):
        pytest.importorskip(engine, reason=f"a whole run needs {engine}")
    with wave.open(str(demo_wav)) as recording:
        assert (recording.getframerate(), recording.getnchannels()) == (16000, 1)
        question = recording.readframes(recording.getnframes())
    second = bytes(2 * 16000)
    args = ["--config", "demo", "--input", "-", "--output", "none", "--json", *ONE_HANDLER]
    run = subprocess.Popen([*PROGRAM, "run", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    watch = threading.Timer(LONGEST_WAIT_S, run.kill)
    watch.start()
    run.stdin.write(second)
    run.stdin.flush()
    events = read(run)
    assert next(events)["event"] == "run_started"
    irene("mute")
    run.stdin.write(question + second)
    run.stdin.flush()
    while json.loads(irene("status", "--json").out)["audio_s"] < len(question + second) / 32000:
        time.sleep(0.01)
    irene("unmute")
    run.stdin.write(second + question + second)
    run.stdin.close()
    told = [event for event in events if not event["event"].endswith("partial")]
    run.stdout.close()
    assert run.wait() == 0
    watch.cancel()
    names = [event["event"] for event in told]
    assert names[:3] == ["microphone_muted", "microphone_unmuted", "wake_word_detected"]
    assert [e["text"] for e in told if e["event"] == "transcript"] == ["what time is it"]


def test_who_follows_learns_that_the_assistant_was_killed(alone, irene):
    """Exit status 3: what it printed is not the whole story."""
    follow = [*PROGRAM, "events"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    follower = subprocess.Popen(follow, text=True, **pipes)
    while not is_there(follower):
        irene("mute")
        irene("unmute")
    alone.kill()
    out, err = follower.communicate(timeout=LONGEST_WAIT_S)
    assert follower.returncode == 3
    assert {line.split()[1] for line in out.splitlines()} <= {"muted", "unmuted"}
    assert err == "irene: no more events come: the assistant has gone, or we read too slowly\n"


def test_who_follows_into_a_pipe_may_be_left(alone, irene):
    """As in `irene events | head -1`: it ends, and the assistant does not."""
    follower = subprocess.Popen([*PROGRAM, "events"], stdout=subprocess.PIPE)
    while not is_there(follower):
        irene("mute")
        irene("unmute")
    follower.stdout.close()
    while follower.poll() is None:
        irene("mute")
        irene("unmute")
    assert follower.returncode == 1
    assert irene("status").code == 0


def test_the_language_is_told_where_it_is_identified(alone, irene):
    """And by whom; where there is only one, it is not worth a line."""
    status = json.loads(irene("status", "--json").out)
    assert not any(line.startswith("language ") for line in status_lines(status))
    status["serving"]["language"] = "whisper"
    status["language"] = "de"
    assert "language          de, identified by whisper" in status_lines(status)


def test_asking_is_quick_because_it_loads_nothing(quick):
    """Not even what the assistant itself is made of."""
    heavy = {"numpy", "pydantic", "pluggy", "asyncio", "psutil", "soxr"}
    code = (
        "import sys\nfrom irene.cli.main import main\n"
        "for name in ('status', 'events', 'mute', 'stop', 'reload', 'providers --live'):\n"
        "    assert main(name.split()) == 3\n"
        "assert main(['say', '--live', 'hello']) == 3\n"
        f"print({heavy} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_who_serves_is_told_live(alone, irene):
    """As a table, and as JSON."""
    table = irene("providers", "--live")
    assert table.code == 0
    assert table.out.splitlines()[0].split()[:2] == ["KIND", "NAME"]
    providers = json.loads(irene("providers", "--live", "--json").out)
    serving = {one["kind"]: one["name"] for one in providers if one["serves"]}
    assert (serving["asr"], serving["vad"], serving["inputs"]) == ("scripted", "scripted", "stdin")
    assert all(one["loaded"] for one in providers if one["serves"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_no_socket(alone, own_runtime, number):
    """The run ends cleanly, and so does its claim."""
    alone.send_signal(number)
    assert alone.wait(LONGEST_WAIT_S) == 0
    assert list((own_runtime / "irene").iterdir()) == []


def test_after_a_kill_the_next_one_takes_the_name(quick, irene, own_runtime):
    """What is left is no assistant, and does not stand in the way of one."""
    with assistant() as killed:
        killed.send_signal(signal.SIGKILL)
        killed.wait(LONGEST_WAIT_S)
    assert (own_runtime / "irene" / "irene.sock").exists()
    gone = irene("status")
    assert (gone.code, gone.err) == (
        3,
        "irene: no assistant is running; start one with `irene run`\n",
    )
    with assistant() as run:
        assert json.loads(irene("status", "--json").out)["pid"] == run.pid


def test_a_run_that_cannot_start_leaves_no_socket(irene, own_runtime, demo_wav):
    """It was there while the engines were looked for, and goes with the error."""
    missing = ("--set", "asr.default_provider=vosk", "--set", "asr.fallback_providers=[]")
    model = ("--set", "asr.providers.vosk.model=/no/such/model")
    read = ("--config", "minimal", "--realtime", "--input", str(demo_wav))
    outcome = irene("run", *read, *missing, *model)
    assert outcome.code == 3
    assert list((own_runtime / "irene").iterdir()) == []


def test_a_second_one_of_the_same_name_runs_and_says_that_it_cannot_be_reached(alone, irene):
    """One warning, which tells who has the name; nothing is taken from the first."""
    with started() as second:
        warning = next(read(second))
        assert next(read(second))["event"] == "run_started"
        second.send_signal(signal.SIGTERM)
        assert second.wait() == 0
    assert (warning["event"], warning["message"]) == (
        "warning",
        "assistant.control: an assistant called 'irene' is running already (process "
        f"{alone.pid}, configuration irene); give this one another assistant.name",
    )
    assert json.loads(irene("status", "--json").out)["pid"] == alone.pid


def test_several_are_told_apart_by_name(alone, irene, tmp_path):
    """Without one they are listed; a configuration names one, too."""
    (tmp_path / "kitchen.toml").write_text('[assistant]\nname = "kitchen"\n')
    with assistant("--set", "assistant.name=kitchen") as kitchen:
        asked = irene("status")
        assert (asked.code, asked.out) == (2, "")
        assert asked.err == (
            "irene: several assistants are running: irene, kitchen; choose one with --name\n"
        )
        by_name = irene("status", "--json", "--name", "kitchen")
        by_config = irene("status", "--json", "--config", str(tmp_path / "kitchen.toml"))
        pids = [json.loads(one.out)["pid"] for one in (by_name, by_config)]
        assert pids == [kitchen.pid, kitchen.pid]
        assert irene("stop", "--name", "kitchen").code == 0
    assert json.loads(irene("status", "--json").out)["pid"] == alone.pid


def test_stopped_while_it_loads_it_ends_and_tells_so(quick, irene):
    """It can be reached from the first moment."""
    with started() as run:
        while not running() and run.poll() is None:
            time.sleep(0.01)
        stopped = irene("stop")
        events = [event["event"] for event in read(run)]
        assert (stopped.code, stopped.out, run.wait()) == (0, "stopped\n", 0)
    assert events[-1] == "run_ended"


def test_no_socket_when_it_is_not_wanted(quick, own_runtime, irene):
    """The key switches it off."""
    with assistant("--set", "assistant.control=false"):
        assert irene("status").code == 3
        assert list(own_runtime.iterdir()) == []


def test_a_recording_that_is_read_as_fast_as_it_goes_has_no_socket(
    quick, irene, own_runtime, demo_wav
):
    """Nobody could say anything to it in time."""
    assert irene("run", "--input", str(demo_wav)).code == 0
    assert list(own_runtime.iterdir()) == []


def test_a_folder_that_cannot_be_made_costs_one_warning(quick, own_folder, monkeypatch):
    """The assistant runs all the same."""
    (own_folder / "file").write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(own_folder / "file"))
    with started() as run:
        told = [next(read(run)), next(read(run))]
    assert [event["event"] for event in told] == ["warning", "run_started"]
    assert told[0]["message"].startswith("assistant.control: ")
    assert "cannot be made: not a directory" in told[0]["message"]


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("events",),
        ("mute",),
        ("unmute",),
        ("stop",),
        ("reload",),
        ("providers", "--live"),
        ("say", "--live", "hello"),
    ],
    ids=lambda command: command[0],
)
def test_without_a_running_assistant_it_is_one_line(irene, command):
    """What is missing, what to do, and exit status 3."""
    outcome = irene(*command)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err == "irene: no assistant is running; start one with `irene run`\n"
    named = irene(*command, "--name", "kitchen")
    assert (named.code, named.out) == (3, "")
    assert named.err == (
        "irene: no assistant called 'kitchen' is running; start one with `irene run`\n"
    )


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("say", "--name", "kitchen", "hello"), "--name goes with --live"),
        (("providers", "--name", "kitchen"), "--name goes with --live"),
        (("say", "--live", "--output", "a.wav", "hello"), "--live goes without --output and --set"),
        (("providers", "--live", "--set", "tts.rate=2"), "--live goes without --set"),
        (("say", "--live", " "), "the text is empty"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(irene, command, told):
    """Before anything is asked."""
    outcome = irene(*command)
    assert outcome.code == 2
    assert outcome.err == f"irene {command[0]}: {told}\n"


def served(irene, *args, **commands):
    """Run a command line against a server with these commands."""

    async def scene():
        async with ControlServer(Claim.take("irene", "test"), commands) as control:
            served.control = control
            return await in_thread("command", lambda: irene(*args))

    return asyncio.run(asyncio.wait_for(scene(), LONGEST_WAIT_S))


def answering(result):
    """Return a command that gives this result."""

    async def command(arguments):
        return result

    return command


REPORT = {
    "kind": "asr",
    "name": "vosk",
    "serves": True,
    "loaded": True,
    "circuit": "closed",
    "retry_s": None,
    "in_flight": 2,
    "max_concurrency": 4,
    "weight": 1.0,
    "share": 0.75,
    "calls": 12,
    "succeeded": 11,
    "failed": 1,
    "slow": 0,
    "late": 0,
    "latency_ms": 120.4,
    "p95_ms": None,
    "last_failure": {"reason": "it broke", "at": "2030-01-01T00:00:00+00:00"},
}


def test_how_providers_do_is_a_table():
    """Who works, who is left alone, how fast they are, and what went wrong last."""
    waits = {"name": "whisper", "serves": False, "in_flight": 0, "loaded": False, "share": None}
    reports = [
        REPORT,
        {**REPORT, **waits, "calls": 0, "failed": 0, "latency_ms": None, "last_failure": None},
        {**REPORT, "name": "a", "circuit": "open", "retry_s": 4.6, "in_flight": 0},
        {**REPORT, "name": "b", "circuit": "half_open"},
        {**REPORT, "name": "c", "circuit": "out"},
    ]
    rows = [re.split(r"  +", line) for line in provider_lines(reports)]
    assert rows[0] == [
        *["KIND", "NAME", "STATE", "CALLS", "FAILED", "SLOW", "LATE", "AVERAGE", "P95"],
        "LAST FAILURE",
    ]
    assert rows[1] == [
        *("asr", "vosk", "serves, 2 of 4 at work", "12 (75%)", "1", "-", "-", "120 ms", "-"),
        "2030-01-01T00:00:00+00:00 it broke",
    ]
    assert rows[2] == ["asr", "whisper", "stands by, not loaded", "0", "-", "-", "-", "-", "-"]
    assert [row[2] for row in rows[3:]] == ["left alone, 5 s more", "being tried", "out"]


def test_a_text_that_was_not_said_ends_with_6(irene):
    """A script learns it."""
    outcome = served(irene, "say", "--live", "hello", say=answering({"said": False}))
    assert (outcome.code, outcome.out) == (6, "")
    assert "it was not said" in outcome.err


def test_a_running_assistant_takes_over_what_changed(alone, irene, own_folder):
    """What the command line set stays; a file with mistakes changes nothing; a later one does."""
    config = own_folder / "irene.toml"
    assert irene("reload").out == "nothing has changed\n"
    config.write_text(QUICK_CONFIG.replace("[tts]", "[tts]\nrate = 1.5"))
    changed = irene("reload")
    assert (changed.code, changed.out) == (0, "changed: tts.rate\n")
    config.write_text(QUICK_CONFIG.replace("[tts]", '[tts]\nrate = "fast"'))
    refused = irene("reload")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("irene: irene.toml:13: tts.rate: ")
    config.write_text('[assistant]\nname = "kitchen"\n' + QUICK_CONFIG)
    restart = irene("reload")
    assert restart.out == "changed: tts.rate\nneeds a restart: assistant.name\n"
    assert irene("say", "--live", "still here").out == "said\n"


def test_a_reload_tells_what_it_did(irene):
    """What changed, and what needs a restart."""
    report = {"refused": False, "changed": ["tts.rate"], "restart": ["inputs"], "problems": []}
    outcome = served(irene, "reload", reload=answering(report))
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "changed: tts.rate\nneeds a restart: inputs\n"


def test_a_reload_that_was_refused_ends_with_2(irene):
    """Each mistake is a line on standard error."""
    report = {"refused": True, "changed": [], "restart": [], "problems": ["a.toml:1: x", "y"]}
    outcome = served(irene, "reload", reload=answering(report))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "irene: a.toml:1: x\nirene: y\n"
    as_json = served(irene, "reload", "--json", reload=answering(report))
    assert (as_json.code, json.loads(as_json.out)) == (2, report)


def test_a_reload_of_the_same_says_so(capsys):
    """Nobody wonders whether it worked."""
    assert tell_reload({"refused": False, "changed": [], "restart": [], "problems": []}) == 0
    assert capsys.readouterr().out == "nothing has changed\n"


def test_followed_events_look_as_those_of_a_run():
    """Read from JSON and shown as a line."""
    switched = ProviderSwitched(kind="asr", from_="a", to="b", reason="x", time_s=1.5)
    assert followed_line(switched.to_dict()) == "    1.50  switched      asr: b instead of a"


def test_an_event_of_a_later_irene_is_shown_with_its_fields():
    """The list only grows."""
    line = followed_line({"event": "door_opened", "session": 3, "time_s": 2.0, "door": "front"})
    assert line == "    2.00  door_opened  door front"


def test_every_event_can_be_followed_as_a_line():
    """Whatever its fields are; those that are missing make it an unknown one, not a traceback."""
    for cls in EVENTS:
        assert followed_line({"event": cls.event, "session": None, "time_s": 0.0})
    words = (Word("hi", 0.0, 1.0),)
    spoken = Transcript(text="hi", provider="x", start_s=0, end_s=1, latency_ms=5, words=words)
    assert "transcript" in followed_line(spoken.to_dict())
    assert followed_line(ErrorRaised(code="device", message="no speaker").to_dict())


STATUS = {
    "name": "kitchen",
    "version": "0.1.0",
    "pid": 42,
    "config": "default",
    "config_path": None,
    "refused": [],
    "restart": [],
    "uptime_s": 93784.0,
    "state": "answering",
    "session": 3,
    "n_sessions": 2,
    "muted": False,
    "speaking": True,
    "serving": {"asr": "vosk"},
    "memory": {"used_mb": 183.4, "workers_mb": 40.0, "limit_mb": 500.0},
    "last_error": {"code": "device", "message": "no speaker", "at": "2030-01-01T00:00:00+00:00"},
}


def test_a_status_is_a_few_lines():
    """Label and fact."""
    lines = dict(line.split("  ", 1) for line in status_lines(STATUS))
    facts = {label.strip(): fact.strip() for label, fact in lines.items()}
    assert facts == {
        "kitchen": "answering (session 3), speaks, 2 sessions so far",
        "microphone": "on",
        "configuration": "default",
        "process": "42, irene 0.1.0, for 1 d 2 h",
        "serving": "asr vosk",
        "memory": "183 MB of 500 MB, 40 MB in workers",
        "last error": "no speaker (device, 2030-01-01T00:00:00+00:00)",
    }


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({"refused": ["irene.toml:3: no"]}, ["refused           as it is now: irene.toml:3: no"]),
        ({"refused": ["a", "b"]}, ["refused           as it is now: a, and 1 more"]),
        ({"restart": ["assistant.name", "x"]}, ["after a restart   assistant.name, x"]),
    ],
)
def test_what_the_file_says_and_the_assistant_does_not_do_is_told(status, told):
    """Below the file: it is not what is in force."""
    lines = list(status_lines({**STATUS, **status}))
    assert lines[3:-4] == told


@pytest.mark.parametrize(
    ("state", "serving", "told"),
    [
        ("waiting", {"voice_trigger": "x"}, "waits for the wake word, 2 sessions so far"),
        ("waiting", {}, "waits for somebody to speak, 2 sessions so far"),
        ("starting", {}, "starting, 2 sessions so far"),
        ("ended", {}, "has ended, 2 sessions so far"),
    ],
)
def test_a_state_is_told_in_words(state, serving, told):
    """What it waits for depends on its slots."""
    idle = {"session": None, "speaking": False, "muted": True, "last_error": None}
    lines = list(status_lines({**STATUS, **idle, "state": state, "serving": serving}))
    assert lines[0].split("  ")[-1].strip() == told
    assert lines[1].endswith(" muted")
    assert lines[-1].endswith(" none")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (90000, "1 d 1 h")],
)
def test_a_length_of_time_has_its_two_greatest_units(seconds, told):
    """Nobody needs the seconds of a day."""
    assert duration(seconds) == told
