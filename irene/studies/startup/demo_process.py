"""The demo assistant as a process of its own: when it is ready, and what memory it takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from irene.domain.audio import AudioChunk
from irene.errors import ProviderFailedError
from irene.performance.speech.demo_question import demo_question

_RUN = (sys.executable, "-m", "irene", "run", "--config", "demo", "--json")
_SETTLING_S = 1.0
"""time after the answer until the assistant has settled in waiting"""
_SILENCE_S = 3.0
"""audio after the recording, so that the end of the command is found"""


@dataclass(frozen=True)
class DemoMemory:
    """Resident memory of the demo assistant, 10^6 bytes."""

    ready_mb: float
    """when it begins to listen"""
    steady_mb: float
    """when it waits again after its first answer"""
    peak_mb: float
    """the most it ever took"""


def ready_s(folder: Path) -> float:
    """Return the seconds from the start of `irene run` to its event `run_started`.

    Args:
        folder: where the answer is written.

    Raises:
        ProviderFailedError: it ended without being ready.
    """
    began = time.perf_counter()
    with _running(_RUN, folder) as process:
        _wait_for(process, "run_started")
        return time.perf_counter() - began


def demo_memory(
    folder: Path, question: AudioChunk | None = None, settings: Sequence[str] = ()
) -> DemoMemory:
    """Return what memory the assistant takes for a question, and after its answer.

    The question is piped in and the pipe stays open, so that the assistant goes on waiting.

    Args:
        folder: where the answer is written.
        question: wake word and question, int16 mono; None: the demo's.
        settings: those other than the demo's, such as `asr.grammar=off`.

    Raises:
        ProviderFailedError: it ended without an answer.
    """
    question = question or demo_question(_SILENCE_S)
    stdin = ("--input", "-", "--set", f"inputs.providers.stdin.rate={question.sample_rate}")
    further = [part for one in settings for part in ("--set", one)]
    with _running((*_RUN, *stdin, *further), folder) as process:
        pipe: IO[bytes] = _open(process.stdin)
        pipe.write(question.samples.astype("<i2").tobytes())
        pipe.flush()
        _wait_for(process, "run_started")
        observed = psutil.Process(process.pid)
        ready = observed.memory_info().rss
        _wait_for(process, "session_ended")
        time.sleep(_SETTLING_S)
        steady = observed.memory_info().rss
        pipe.close()
        peak = _peak_bytes(process)
    return DemoMemory(ready / 1e6, steady / 1e6, peak / 1e6)


@contextmanager
def _running(command: tuple[str, ...], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            process.communicate()


def _wait_for(process: subprocess.Popen[bytes], event: str) -> None:
    for line in _open(process.stdout):
        if json.loads(line)["event"] == event:
            return
    raise ProviderFailedError(f"irene run ended without the event {event!r}; run it to see why")


def _peak_bytes(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a process and return the most memory it took (Linux: in KiB)."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "both pipes were asked for"
    return pipe
