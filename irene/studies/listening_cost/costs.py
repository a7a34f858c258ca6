"""What a whole assistant costs while it listens and nobody speaks, measured from outside.

`python -m irene.studies.listening_cost` starts `irene run` with a recording program that
delivers quiet noise at the pace of a microphone, and prints the CPU time of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from irene.errors import IreneError, ProviderFailedError
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.markdown import table
from irene.performance.speech.demo_question import demo_question

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


SCENES = (
    Listening("16 kHz", 16000, "microwakeword"),
    Listening("48 kHz", 48000, "microwakeword"),
    Listening("openWakeWord without a gate, 16 kHz", 16000, "openwakeword", gated=False),
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
        before_s, began = _spent_s(process), time.perf_counter()
        time.sleep(seconds)
        after_s, audio_s = _spent_s(process), time.perf_counter() - began
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            raise ProviderFailedError("irene run ended while it was measured; run it to see why")
    return ListeningCost(scene, after_s - before_s, audio_s)


def _spent_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def _listening(scene: Listening, folder: Path) -> Iterator[psutil.Process]:
    """Start an assistant and wait until it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "irene", "run", "--json", *_settings(scene)],
        cwd=folder,
        env={**os.environ, "PATH": str(folder)},  # no real sound server is asked
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None, "it was asked for"
        _wait_until_it_listens(process.stdout)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.communicate()


def _wait_until_it_listens(lines: IO[bytes]) -> None:
    for line in lines:
        if json.loads(line)["event"] == "run_started":
            return
    raise ProviderFailedError("irene run did not start; run it to see why")


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
    """Return a table, and how the gated assistants compare with the last one."""
    rows = [
        (
            cost.scene.name,
            f"{cost.percent:.2f}",
            f"{costs[-1].percent / max(cost.percent, 1e-9):.1f}",
        )
        for cost in costs
    ]
    header = ("microphone", "% of a core", "times cheaper than the last")
    return table(header, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.listening_cost",
        description="Measure what a whole assistant costs while nobody speaks.",
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="for each assistant (30)")
    options = parser.parse_args(arguments)
    machine = Machine.here()
    try:
        with tempfile.TemporaryDirectory() as folder:
            costs = listening_costs(options.seconds, Path(folder))
    except IreneError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(f"{describe(costs)}\n\n{options.seconds:g} s each, on: {machine}\n")
    return 0
