"""`irene run` on recordings, with real engines."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest
from quick_start import ONE_HANDLER

from irene.cli.runs.event_printers import JsonPrinter
from irene.cli.runs.running import ForegroundRun
from irene.cli.sound.options import input_overrides
from irene.config.loading import load_config
from irene.config.sources import profile_folder
from irene.domain.events import EVENTS, ErrorRaised, SessionEnded
from irene.pipeline.assistant import Assistant
from irene.plugin.registry import ComponentRegistry

for engine in ("pymicro_wakeword", "pocketsphinx", "espeakng_loader", "hassil", "soundfile"):
    pytest.importorskip(engine, reason=f"a whole run needs {engine}")

import soundfile  # noqa: E402 - after its own skip

pytestmark = pytest.mark.usefixtures("kept_decoders")

PROGRAM = [sys.executable, "-m", "irene", "run"]
DEMO = profile_folder() / "demo.wav"


def events_of(text):
    return [json.loads(line) for line in text.splitlines()]


def start(*args, **options):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([*PROGRAM, *args], text=True, **pipes)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a whole run of the default configuration on the demonstration's recording."""
    folder = tmp_path_factory.mktemp("run")
    args = ["--config", "default", "--input", DEMO, "--output", "answer.wav", "--json"]
    done = subprocess.run(
        [*PROGRAM, *args], check=False, capture_output=True, text=True, cwd=folder
    )
    return done, folder


def test_a_question_becomes_events_and_a_spoken_answer(finished):
    """Wake word, command, understanding, answer, end of input; exit status 0."""
    done, folder = finished
    assert done.returncode == 0
    names = [event["event"] for event in events_of(done.stdout)]
    milestones = [name for name in names if name != "transcript_partial"]
    assert milestones == [
        "run_started",
        "wake_word_detected",
        "speech_started",
        "speech_ended",
        "transcript",
        "intent_recognized",
        "response",
        "speech_synthesized",
        "session_ended",
        "run_ended",
    ]
    assert (folder / "answer.wav").stat().st_size > 10_000


def test_json_is_all_there_is_on_standard_output(finished):
    """Every line is an object with `event`, `session` and a `time_s` that never goes back."""
    done, _ = finished
    found = events_of(done.stdout)
    assert all(list(event)[:3] == ["event", "session", "time_s"] for event in found)
    assert {event["event"] for event in found} <= {cls.event for cls in EVENTS}
    times = [event["time_s"] for event in found]
    assert times == sorted(times)


def test_the_transcript_is_what_was_said(finished):
    """Without the wake word."""
    done, _ = finished
    transcript = next(e for e in events_of(done.stdout) if e["event"] == "transcript")
    assert transcript["text"] == "what time is it"
    assert transcript["provider"] == "pocketsphinx"


def test_a_pipe_is_heard_like_a_file():
    """`--input -` reads standard input."""
    args = ("--config", "demo", "--input", "-", "--output", "none", "--json", *ONE_HANDLER)
    with DEMO.open("rb") as recording:
        done = subprocess.run(
            [*PROGRAM, *args],
            stdin=recording,
            check=False,
            capture_output=True,
            text=True,
        )
    transcripts = [e["text"] for e in events_of(done.stdout) if e["event"] == "transcript"]
    assert (done.returncode, transcripts) == (0, ["what time is it"])


def end_worker(program, label):
    """Kill the process that runs a provider; its warden has the same command line, and stays."""
    (worker,) = [
        one
        for one in psutil.Process(program.pid).children(recursive=True)
        if label in one.cmdline() and label in one.parent().cmdline()
    ]
    worker.kill()


def facts_of(events):
    """Return what events say, but for the time of day in the answer and how long it took to say."""
    keys = ("event", "time_s", "start_s", "end_s", "score", "intent", "reason")
    return [[e.get(key) for key in keys] for e in events]


@pytest.mark.slow
def test_a_pipe_is_heard_to_its_end_though_what_reads_it_is_killed(finished):
    """In the middle of the sentence: every event is that of the file, and nothing was dropped."""
    args = ("--config", "default", "--input", "-", "--output", "none", "--json")
    isolated = ("--set", "inputs.providers.stdin.isolation=process")
    data, events = DEMO.read_bytes(), []
    with start(*args, *isolated, stdin=subprocess.PIPE) as program:
        pipe = program.stdin.buffer
        pipe.write(data[:76_844])  # 2.4 s: somebody speaks
        pipe.flush()
        while not events or events[-1]["event"] != "speech_started":
            events.append(json.loads(program.stdout.readline()))
        end_worker(program, "inputs.providers.stdin worker 1")
        pipe.write(data[76_844:])
        pipe.close()
        events += events_of(program.stdout.read())
        assert program.wait() == 0
    workers = [e["event"] for e in events if e["event"].startswith("worker_")]
    assert workers == ["worker_died", "worker_restarted"]
    rest = [e for e in events if e["event"] not in workers]
    assert facts_of(rest) == facts_of(events_of(finished[0].stdout))


def test_people_read_lines(irene, demo_wav):
    """One per event, without escape codes where there is no terminal; nothing else is said."""
    outcome = irene("run", "--config", "minimal", "--input", str(demo_wav), *ONE_HANDLER)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0] == "    0.00  ready         minimal: file, energy, pocketsphinx, none"
    assert lines[-1].endswith("run over      end of input")
    assert '"what time is it"' in outcome.out
    assert "\x1b" not in outcome.out


@pytest.fixture
def silence(tmp_path):
    """A recording in which nothing has to be recognised."""
    recording = tmp_path / "silence.wav"
    soundfile.write(recording, np.zeros(16000, np.int16), 16000)
    return recording


LIGHT = """
from irene import hookimpl
from irene.testing import ScriptedAsr

@hookimpl
def irene_asrs():
    return [ScriptedAsr]
"""


@pytest.fixture
def run_lightly(irene, install_plugin):
    """Run without loading a recogniser, which takes a second: for what does not come so far."""
    install_plugin("light", LIGHT)

    def run(*args):
        return irene("run", "--config", "minimal", "--set", "asr.default_provider=scripted", *args)

    return run


def test_warnings_go_to_standard_error(run_lightly, silence):
    """A key without effect is told, and does not mix with the events."""
    key = "asr.providers.pocketsphinx.device"
    outcome = run_lightly("--input", str(silence), "--set", f"{key}=cpu")
    assert outcome.code == 0
    assert outcome.err.startswith(f"irene: --set: warning: {key}: ")
    assert "device" not in outcome.out


def test_a_recording_without_the_wake_word_says_so(run_lightly, silence):
    """On standard error, with what takes every command; nothing went wrong, so the status is 0."""
    outcome = run_lightly("--input", str(silence))
    assert outcome.code == 0
    assert outcome.err.startswith("irene: warning: the input is silent: 1.0 s of audio")


def test_set_wins_over_the_other_options(run_lightly, silence):
    """`--set` overrides any key, also one that `--input` sets."""
    path = f'inputs.providers.file.path="{silence}"'
    assert run_lightly("--input", "nothing.wav", "--set", path).code == 0


def test_a_missing_recording_is_one_line_and_one_object(irene):
    """For people on standard error, for programs an `error` event; exit status 4."""
    outcome = irene("run", "--json", "--input", "nothing.wav")
    assert outcome.code == 4
    assert outcome.err == "irene: nothing.wav: no such file; check the path\n"
    (event,) = events_of(outcome.out)
    assert (event["event"], event["code"]) == ("error", "audio_format")
    assert event["message"] == "nothing.wav: no such file; check the path"


def test_every_problem_of_the_configuration_is_told(irene):
    """A line and an object for each, and nothing runs on defaults."""
    wrong = ("--set", "vad.threshold=9", "--set", "asr.sampel_rate=8000")
    outcome = irene("run", "--json", *wrong)
    assert outcome.code == 2
    assert outcome.err.count("\n") == 2
    assert [event["code"] for event in events_of(outcome.out)] == ["configuration"] * 2


def test_answers_are_written_as_wav_only(irene):
    """Another ending is a mistake in the command line."""
    outcome = irene("run", "--output", "answer.mp3")
    assert (outcome.code, outcome.out) == (2, "")
    assert "use speaker, none or a name ending in .wav" in outcome.err


MUTE = """
from irene import DeviceError, hookimpl
from irene.testing import ScriptedOutput

class MuteOutput(ScriptedOutput):
    name = "mute"

    def open_stream(self, sample_rate):
        raise DeviceError("mute: nothing can be heard")

@hookimpl
def irene_outputs():
    return [MuteOutput]
"""


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_recording_without_any_answer_ends_with_the_status_of_the_error(
    irene, install_plugin, demo_wav, form
):
    """Every session failed: a script that looks at the exit status must learn it."""
    install_plugin("mute", MUTE)
    args = ("run", *form, "--config", "demo", "--input", str(demo_wav), "--output", "mute")
    outcome = irene(*args, *ONE_HANDLER)
    assert outcome.code == 5
    assert "mute: nothing can be heard" in (outcome.out if form else outcome.err)


def test_a_session_that_failed_is_no_failure_of_a_run_that_answered():
    """The run goes on after an error, and so does what it is worth."""
    run = ForegroundRun(None, JsonPrinter())
    failed = ErrorRaised(code="device", message="x", session=1)
    for event in (failed, *(SessionEnded(reason=why, session=1) for why in ("failed", "answered"))):
        run.outcome.note(event)
    assert run.exit_code == 5
    run.outcome.note(SessionEnded(reason="answered", session=2))
    assert run.exit_code == 0


def test_a_failure_that_keeps_the_run_from_starting_is_told_once(irene):
    """As the error, not as an event before it."""
    missing = "asr.providers.vosk.model=/no/such/model"
    only = ("--set", "asr.default_provider=vosk", "--set", "asr.fallback_providers=[]")
    outcome = irene("run", "--config", "minimal", *only, "--set", missing)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith("irene: asr provider 'vosk': ")
    assert outcome.err.count("\n") == 1


def test_an_unknown_output_is_a_matter_of_the_option(irene):
    """Nobody wrote `--set`."""
    outcome = irene("run", "--output", "blah")
    assert outcome.code == 2
    assert outcome.err.startswith("irene: --output: nobody offers outputs provider 'blah'")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_in_the_middle_of_a_run_end_it_cleanly(number):
    """The first lets it finish, the second does not; exit status 0, nothing on standard error."""
    run = start("--config", "demo", "--realtime", "--output", "none", "--json", *ONE_HANDLER)
    names = []
    for line in run.stdout:
        names.append(json.loads(line))
        if names[-1]["event"] in ("wake_word_detected", "speech_started"):
            run.send_signal(number)
    assert (run.wait(), run.stderr.read()) == (0, "")
    assert names[-1]["event"] == "run_ended"
    assert names[-1]["reason"] == "stopped"


def test_a_signal_ends_a_run_that_has_not_begun(monkeypatch, capfd, signalled):
    """Engines still load, the pipe says nothing: it ends all the same."""
    registry = ComponentRegistry.installed()
    config = load_config("default", registry=registry, overrides=input_overrides("-"))

    async def stop_at_once():
        run = ForegroundRun(Assistant(config, registry), JsonPrinter())
        running = asyncio.ensure_future(run.run())
        await asyncio.sleep(0)  # one step of `run`: it listens for signals now
        signalled(signal.SIGTERM)
        await asyncio.wait_for(running, 30)
        return run

    silent, writer = os.pipe()
    with os.fdopen(silent) as stdin, os.fdopen(writer, "w"):
        monkeypatch.setattr("sys.stdin", stdin)
        run = asyncio.run(stop_at_once())
    assert run.stopped
    (event,) = events_of(capfd.readouterr().out)
    assert (event["event"], event["reason"]) == ("run_ended", "stopped")


def test_a_reader_that_goes_away_ends_the_run_quietly():
    """As in `irene run --json | head -1`."""
    run = start("--config", "demo", "--output", "none", "--json", *ONE_HANDLER)
    assert json.loads(run.stdout.readline())["event"] == "run_started"
    run.stdout.close()
    assert (run.wait(), run.stderr.read()) == (1, "")
