"""Providers that break in every way that native code can; for workers, never for this process."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from irene import (
    Asr,
    AsrCapabilities,
    AsrStream,
    Availability,
    ConfigurationError,
    Hypothesis,
    ProviderFailedError,
    Tts,
    Vad,
    VadCapabilities,
    VadStream,
)

LOUD = 30000
"""a window that reaches this makes the fault happen"""


class OddError(ProviderFailedError):
    """An expected error of a plugin's own."""

    code = "odd"
    retryable = False


class Engines:
    """A thing that only the engine knows."""


def hold_the_interpreter() -> None:
    """Loop in C without ever letting another thread run Python."""
    re.match(r"(a+)+$", "a" * 64 + "b")


def hold_it_asleep() -> None:
    """Sleep in C with the interpreter's lock held."""
    ctypes.PyDLL(None).sleep(100000)


def take_memory() -> None:
    """Take memory, a quarter of a gigabyte at most, and keep it."""
    taken = [np.ones(1_000_000) for _ in range(32)]
    threading.Event().wait()
    del taken


def flood() -> None:
    """Print eight megabytes from Python and as much from native code, on both streams."""
    line = "x" * 1000 + "\n"
    for _ in range(4000):
        sys.stdout.write(line)
        sys.stderr.write(line)
        os.write(1, line.encode())
        os.write(2, line.encode())


def say_no_more() -> None:
    """Stop every thread of the process at once, this one first: it must not answer any more."""
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def defy() -> None:
    """Ignore every signal that can be ignored, and hang."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    threading.Event().wait()


def raise_odd() -> None:
    raise OddError("the engine is odd")


def raise_foreign() -> None:
    raise ZeroDivisionError("no such number\nsecond line")


FAULTS = {
    "": lambda: None,
    "abort": os.abort,
    "segfault": lambda: ctypes.string_at(0),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "leave": lambda: os._exit(3),
    "exit": lambda: sys.exit(4),
    "spin": hold_the_interpreter,
    "sleep": hold_it_asleep,
    "hang": lambda: threading.Event().wait(),
    "stop": say_no_more,
    "defy": defy,
    "memory": take_memory,
    "flood": flood,
    "odd": raise_odd,
    "foreign": raise_foreign,
}


@dataclass(frozen=True)
class FaultyOptions:
    """What goes wrong, and when."""

    fault: str = ""
    """with the first loud window"""
    load_fault: str = ""
    """while it loads"""
    once: str = ""
    """a file: while it is not there, the fault happens, and makes it"""
    children: str = ""
    """a file for the ids of two processes that are started while it loads"""
    missing: bool = False
    """whether the model is missing, as far as the check can tell"""


def happen(fault: str, once: str) -> None:
    """Let a fault happen, unless it has happened before and is to happen once."""
    if once and fault:
        if Path(once).exists():
            return
        Path(once).touch()
    FAULTS[fault]()


class FaultyVad(Vad[FaultyOptions]):
    """Answers with the loudest sample of a window, until something goes wrong."""

    name = "faulty"
    summary = "breaks"
    capabilities = VadCapabilities(dtype="int16", window=160)
    Options = FaultyOptions

    def _check(self):
        if self.options.missing:
            return Availability(False, "model 'x' is not installed", "install it", is_model=True)
        return Availability(True)

    def _load(self):
        if self.options.children:
            self._start_children(Path(self.options.children))
        happen(self.options.load_fault, self.options.once)

    @staticmethod
    def _start_children(told: Path) -> None:
        """Start a program, and a daemon that leaves session and parent behind."""
        program = subprocess.Popen(["sleep", "100000"])
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.write(writer, str(os.getpid()).encode())
                signal.pause()
            os._exit(0)
        daemon = os.read(reader, 20).decode()
        told.write_text(f"{program.pid} {daemon}")

    def open_stream(self):
        """Start on a new stream."""
        return FaultyStream(self.options)


class FaultyStream(VadStream):
    """One stream of the faulty VAD."""

    def __init__(self, options: FaultyOptions) -> None:
        self._options = options
        self._n_windows = 0

    def process(self, window):
        """Return the share of full scale; 0.5 is added for a window that may be written to."""
        assert not window.flags.writeable
        if int(window.max(initial=0)) >= LOUD:
            happen(self._options.fault, self._options.once)
        self._n_windows += 1
        return float(window.max(initial=0)) / 32768

    def reset(self):
        """Forget what was counted."""
        self._n_windows = 0


class FaultyAsr(Asr[FaultyOptions]):
    """Recognises how many samples it heard, and what it was asked for."""

    name = "faulty"
    capabilities = AsrCapabilities(max_concurrency=2, grammar=True)
    Options = FaultyOptions

    def __init__(self, options=None):
        super().__init__(options)
        self.prepared = []

    def open_stream(self, request):
        """Start on a new utterance."""
        if request.language == "xx":
            raise ConfigurationError("language 'xx' is not spoken here")
        return FaultyUtterance(self.options, request)

    def prepare(self, grammar):
        """Remember a grammar; with the fault `nap`, hold the interpreter for a while."""
        if self.options.fault == "nap":
            ctypes.PyDLL(None).usleep(2_500_000)
        self.prepared.append(grammar.digest)

    def unknown_words(self, words):
        """Know no word with an x; tell which grammars were prepared, or how many streams go."""
        if "limit" in words:
            return (str(self.capabilities.max_concurrency),)
        return (*(word for word in words if "x" in word), *self.prepared)


class FaultyUtterance(AsrStream):
    """One utterance; it keeps the blocks that it is given, as a recogniser may."""

    def __init__(self, options, request):
        self._options = options
        self._request = request
        self._blocks = []

    def accept(self, samples):
        """Keep a block."""
        if int(samples.max(initial=0)) >= LOUD:
            happen(self._options.fault, self._options.once)
        self._blocks.append(samples)
        return Hypothesis(str(sum(map(len, self._blocks))), is_final=False)

    def finish(self):
        """Say the sum of everything heard, the process, and the grammar."""
        if self._options.fault == "nonsense":
            return Engines()
        total = sum(int(block.sum(dtype=np.int64)) for block in self._blocks)
        grammar = self._request.grammar
        said = "free" if grammar is None else grammar.digest
        return Hypothesis(f"{total} {os.getpid()} {said}", True, confidence=np.float32(0.5))


class FaultyTts(Tts[FaultyOptions]):
    """Says a block per word, each longer than the last; notes in a file when it is stopped."""

    name = "faulty"
    Options = FaultyOptions

    @property
    def version(self):
        """Known once it is loaded."""
        return "2.1" if self.is_loaded else ""

    @property
    def sample_rate(self):
        """Known once it is loaded."""
        if not self.is_loaded:
            raise ProviderFailedError("not loaded")
        return 12345

    def synthesize(self, request) -> Iterator[np.ndarray]:
        """Yield growing blocks from one buffer."""
        buffer = np.empty(200_000, np.int16)
        try:
            for number, word in enumerate(request.text.split(), start=1):
                if word == "die":
                    FAULTS[self.options.fault]()
                block = buffer[: 10_000 * number]
                block[:] = number
                yield block
        finally:
            if self.options.once:
                Path(self.options.once).write_text("stopped")
