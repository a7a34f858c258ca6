"""Trials in processes of their own, which may hang or die without taking the search along."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Protocol

from irene.errors import IreneError
from irene.performance.measuring.fresh_process import deaf_to_ctrl_c, end_with_parent
from irene.performance.optimising.trial import TrialRequest, TrialResult, run_trial
from irene.providers.border import ForeignCode, one_line

_PATIENCE = 4.0
"""how many times as long as its recordings a trial may take, beside its start"""
_START_S = 90.0
_LEAST_WAIT_S = 30.0
_LOOK_S = 0.05
"""time from one look to the next whether a trial is still wanted"""


class RunTrial(Protocol):
    """Runs a trial; what goes wrong in it is told by its result, never raised."""

    def __call__(self, request: TrialRequest) -> TrialResult:
        """Return what was measured."""
        ...


@dataclass(frozen=True)
class Care:
    """How much a trial may disturb."""

    niceness: int = 0
    """0 to 19: by how much others come first"""
    is_unwanted: Callable[[], bool] = lambda: False
    """asked many times a second; a trial that is not wanted any more is killed"""


NO_CARE = Care()
"""it is alone: nobody is disturbed"""


class RunCarefully(Protocol):
    """Runs a trial beside others."""

    def __call__(self, request: TrialRequest, *, care: Care) -> TrialResult:
        """Return what was measured; of one that was not wanted any more, a failure."""
        ...


def fresh_trial(
    request: TrialRequest,
    work: Callable[[TrialRequest], TrialResult] = run_trial,
    limit_s: float | None = None,
    *,
    care: Care = NO_CARE,
) -> TrialResult:
    """Run a trial in a new interpreter; one that hangs is killed.

    Ctrl-C is for the search: the trial does not hear it and is killed.

    Args:
        request: what is run.
        work: a function of a module, which runs it.
        limit_s: longest time for it; None goes by the length of the recordings.
        care: how much it may disturb.
    """
    context = multiprocessing.get_context("spawn")
    folders = tempfile.TemporaryDirectory(prefix="irene-trial-", ignore_cleanup_errors=True)
    with folders as folder:
        log = Path(folder) / "stderr"
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(work, request, theirs, log), daemon=True)
        with deaf_to_ctrl_c():
            process.start()
        theirs.close()
        _step_back(process, care.niceness)
        try:
            if not _has_told(ours, limit_s or _limit_s(request), care):
                return TrialResult(failure=_silence(limit_s or _limit_s(request), care))
            return _received(ours, process, log)
        finally:
            ours.close()
            process.kill()
            process.join()


def _step_back(process: SpawnProcess, niceness: int) -> None:
    """Let others come first, from the first import on; a process of Windows has no such number."""
    if niceness and hasattr(os, "setpriority") and process.pid is not None:
        with suppress(OSError):  # it has died already
            os.setpriority(os.PRIO_PROCESS, process.pid, niceness)


def _has_told(pipe: Connection, limit_s: float, care: Care) -> bool:
    """Wait for what a trial tells; return False when it is late, or not wanted any more."""
    last_s = time.monotonic() + limit_s
    while not care.is_unwanted():
        left_s = last_s - time.monotonic()
        if pipe.poll(max(0.0, min(left_s, _LOOK_S))):
            return True
        if left_s <= 0:
            return False
    return False


def _silence(limit_s: float, care: Care) -> str:
    return "not wanted any more" if care.is_unwanted() else f"did not end within {limit_s:.0f} s"


def _received(pipe: Connection, process: SpawnProcess, log: Path) -> TrialResult:
    try:
        result = pipe.recv()
    except EOFError:
        process.join(_LEAST_WAIT_S)
        return TrialResult(failure=_last_words(process.exitcode, log))
    return result if isinstance(result, TrialResult) else TrialResult(failure="told nothing")


def _last_words(status: int | None, log: Path) -> str:
    """Return what is known of a process that died."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    said = f": {lines[-1][:200]}" if lines else ""
    return f"its process died ({_status_name(status)}){said}"


def _status_name(status: int | None) -> str:
    if status is not None and status < 0:
        with suppress(ValueError):
            return signal.Signals(-status).name
    return f"exit status {status}"


def _limit_s(request: TrialRequest) -> float:
    audio_s = sum(question.seconds for question in request.questions)
    return _START_S + max(_LEAST_WAIT_S, _PATIENCE * audio_s)


def _work(
    run: Callable[[TrialRequest], TrialResult], request: TrialRequest, pipe: Connection, log: Path
) -> None:
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _redirect_output(log)
    _keep_files_in(log.parent)
    try:
        with ForeignCode():
            result = run(request)
    except IreneError as error:
        result = TrialResult(failure=one_line(error))
    pipe.send(result)
    sys.stdout.flush()


def _keep_files_in(folder: Path) -> None:
    """Let temporary files of the trial and of its workers go with the folder, however it ends."""
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None  # it is looked up again


def _redirect_output(log: Path) -> None:
    """Keep what engines print, from C too, off the terminal; the end of it tells why one died."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
