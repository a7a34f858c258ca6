"""What a whole assistant costs while it listens and nobody speaks, measured from outside.

`python -m irene.studies.listening_cost` starts `irene run` with a recording program that
delivers quiet noise at the pace of a microphone, and prints the CPU time of the process and of its
threads, beside that of a bare loop which reads the same program.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

import psutil

from irene.errors import ProviderFailedError
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.markdown import table
from irene.performance.publishing.publish import publish
from irene.performance.speech.demo_question import demo_question
from irene.studies.listening_cost import bare_loop, package_loop
from irene.studies.listening_cost.thread_times import (
    ThreadShare,
    by_threads,
    shares,
    thread_times,
)

_SETTLING_S = 3.0
"""time after the start that is not counted: libraries end their first work, memory is made ready"""
_PROGRAM = "parecord"
_MICROPHONE = """
import array, os, random, sys, time
arguments = dict(one.lstrip('-').split('=', 1) for one in sys.argv if '=' in one)
rate = int(arguments['rate'])
period_s = int(arguments.get('latency-msec', 40)) / 1000
n = round(rate * period_s)
speech = os.path.join(os.path.dirname(sys.argv[0]), 'speech.raw')
if os.path.exists(speech):
    with open(speech, 'rb') as file:
        sound = file.read()
    sound *= 1 + 100 * n // len(sound)
    blocks = [sound[k : k + 2 * n] for k in range(0, 50 * 2 * n, 2 * n)]
else:
    dice = random.Random(0)
    blocks = [array.array('h', [round(dice.gauss(0, 30)) for _ in range(n)]) for _ in range(50)]
due, turn = time.monotonic(), 0
while True:
    due += period_s
    time.sleep(max(0.0, due - time.monotonic()))
    sys.stdout.buffer.write(blocks[turn % 50])
    sys.stdout.buffer.flush()
    turn += 1
"""
"""stands for PulseAudio's recording program: noise of -60 dBFS, or the speech that lies beside it,
a period at a time"""
BLOCK = "silence"
"""name of the part of a page that the figures go into"""
_SPEECH = "speech.raw"
_SPEECH_S = (2.0, 2.7)
"""part of the demo's question in which somebody speaks without a pause"""


@dataclass(frozen=True)
class Listening:
    """How an assistant listens."""

    name: str
    sample_rate: int
    """Hz of the microphone"""
    engine: str
    """wake-word engine"""
    gated: bool = True
    """whether the energy gate stands before it"""
    in_speech: bool = False
    """whether somebody speaks all the time, at the rate of the demo's question"""
    loop: str = ""
    """module of a loop that listens instead of an assistant"""


BARE = Listening(
    "16 kHz, a bare loop that looks at the level", 16000, "none", loop=bare_loop.__name__
)
"""the least that it can cost: one thread that wakes up ten times a second"""
UNGATED = Listening("openWakeWord without a gate, 16 kHz", 16000, "openwakeword", gated=False)
"""the engine of the last scene in an assistant that lets it hear everything"""
SCENES = (
    Listening("16 kHz", 16000, "microwakeword"),
    Listening("48 kHz", 48000, "microwakeword"),
    Listening(
        "openWakeWord's own package, 16 kHz", 16000, "openwakeword", loop=package_loop.__name__
    ),
)
IN_SPEECH = Listening("16 kHz, somebody speaks", 16000, "microwakeword", in_speech=True)


@dataclass(frozen=True)
class ListeningCost:
    """CPU time of one assistant."""

    scene: Listening
    cpu_s: float
    """over all threads of the process, user and system, seconds"""
    audio_s: float
    """wall time in which it listened, seconds"""
    threads: tuple[ThreadShare, ...] = ()
    """what took it, the dearest first; none where the system does not tell"""

    @property
    def percent(self) -> float:
        """CPU time in percent of one core."""
        return 100 * self.cpu_s / self.audio_s


def listening_costs(
    seconds: float, folder: Path, scenes: Sequence[Listening] = SCENES
) -> list[ListeningCost]:
    """Let one assistant after the other listen for so long.

    Raises:
        ProviderFailedError: an assistant ended by itself.
    """
    return [_cost(scene, seconds, folder) for scene in scenes]


def _cost(scene: Listening, seconds: float, folder: Path) -> ListeningCost:
    _install_microphone(folder, scene.in_speech)
    with _listening(scene, folder) as process:
        time.sleep(_SETTLING_S)
        threads = thread_times(process.pid)
        before_s, began = _spent_s(process), time.perf_counter()
        time.sleep(seconds)
        after_s, audio_s = _spent_s(process), time.perf_counter() - began
        by_thread = shares(threads, thread_times(process.pid), audio_s)
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            raise ProviderFailedError("irene run ended while it was measured; run it to see why")
    spent_s = sum(thread.cpu_s for thread in by_thread)  # in nanoseconds; else in hundredths
    return ListeningCost(scene, spent_s or after_s - before_s, audio_s, by_thread)


def _spent_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def _listening(scene: Listening, folder: Path) -> Iterator[psutil.Process]:
    """Start an assistant, or what stands for one, and wait until it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", *_arguments(scene, folder)],
        cwd=folder,
        env={**os.environ, "PATH": str(folder)},  # no real sound server is asked
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=bool(scene.loop),
    )
    try:
        assert process.stdout is not None, "it was asked for"
        _wait_until_it_listens(process.stdout, scene)
        yield psutil.Process(process.pid)
    finally:
        if scene.loop:
            os.killpg(process.pid, signal.SIGTERM)  # its recording program, too
        process.terminate()
        process.communicate()


def _wait_until_it_listens(lines: IO[bytes], scene: Listening) -> None:
    for line in lines:
        if scene.loop or json.loads(line)["event"] == "run_started":
            return
    raise ProviderFailedError(f"{scene.loop or 'irene run'} did not start; run it to see why")


def _arguments(scene: Listening, folder: Path) -> list[str]:
    if scene.loop:
        return [scene.loop, str(folder / _PROGRAM), str(scene.sample_rate)]
    return ["irene", "run", "--json", *_settings(scene)]


def _settings(scene: Listening) -> list[str]:
    settings = {
        "inputs.default_provider": "microphone",
        "inputs.microphone_config.backend": "pulse",
        "inputs.microphone_config.sample_rate": scene.sample_rate,
        "outputs.default_provider": "none",
        "voice_trigger.default_provider": scene.engine,
        "voice_trigger.fallback_providers": "[]",
        **({} if scene.gated else {"voice_trigger.gate_db": 0}),
    }
    return [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]


def _install_microphone(folder: Path, in_speech: bool) -> None:
    speech = folder / _SPEECH
    speech.unlink(missing_ok=True)
    if in_speech:
        question = demo_question(0.0)
        first, last = (round(time_s * question.sample_rate) for time_s in _SPEECH_S)
        speech.write_bytes(question.samples[first:last].astype("<i2").tobytes())
    program = folder / _PROGRAM
    program.write_text(f"#!{sys.executable}\n{_MICROPHONE}")
    program.chmod(0o755)


def describe(costs: Sequence[ListeningCost]) -> str:
    """Return a table of all, and one of the threads of the first assistant.

    They are compared with the last one, and with the bare loop, if there is one.
    """
    bare = next((cost.percent for cost in costs if cost.scene is BARE), 0.0)
    rows = [
        (
            cost.scene.name,
            f"{cost.percent:.2f}",
            f"{cost.percent / bare:.1f}" if bare else "-",
            f"{costs[-1].percent / max(cost.percent, 1e-9):.1f}",
        )
        for cost in costs
    ]
    header = ("microphone", "% of a core", "times the bare loop", "times cheaper than the last")
    first = next((cost for cost in costs if cost.threads and not cost.scene.loop), None)
    threads = "" if first is None else f"\n\n{first.scene.name}:\n\n{by_threads(first.threads)}"
    return table(header, rows) + threads


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.listening_cost",
        description="Measure what a whole assistant costs while nobody speaks.",
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="for each assistant (30)")
    parser.add_argument("--write", metavar="PAGE", help="put the figures into this page")
    options = parser.parse_args(arguments)
    return publish(lambda: {BLOCK: _measured(options.seconds)}, options.write)


def _measured(seconds: float) -> str:
    machine = Machine.here()
    with tempfile.TemporaryDirectory() as folder:
        costs = listening_costs(seconds, Path(folder), (BARE, *SCENES[:-1], UNGATED, SCENES[-1]))
    command = "python -m irene.studies.listening_cost"
    return (
        f"Measured on {date.today().isoformat()} with `{command}` on: {machine}; "
        f"{seconds:g} s each.\n\n{describe(costs)}"
    )
