"""A small assistant's process, for tests that end it: two workers, then whatever is asked for."""

import ctypes
import signal
import sys
import threading

import numpy as np
from faulty_providers import FaultyOptions, FaultyVad

from irene.components.isolation.isolating import isolated
from irene.components.isolation.reports import WorkerReports
from irene.components.isolation.settings import WorkerSettings

LOUD = np.full(160, 32767, np.int16)


def main(children: str, fault: str, end: str) -> None:
    """Load two workers, tell their process ids, make one hang, and end."""
    options = FaultyOptions(fault, children=children)
    reports = WorkerReports(FaultyVad.kind, "NAME", lambda event: None)
    vad = isolated(FaultyVad(options), WorkerSettings(workers=2), reports)
    vad.load()
    if fault:
        stream = vad.open_stream()
        threading.Thread(target=stream.process, args=(LOUD,), daemon=True).start()
    sys.stdout.write(" ".join(map(str, vad.pool.pids)) + "\n")
    sys.stdout.flush()
    sys.stdin.readline()
    if end == "raise":
        raise RuntimeError("nobody expected this")
    if end == "crash":
        ctypes.string_at(0)
    if end == "close":
        vad.close()
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
