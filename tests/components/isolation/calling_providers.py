"""Handlers, recognisers of intents, outputs and inputs for workers, and faults of each."""

import os
import sys
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from irene import (
    AudioFormat,
    DeviceError,
    Input,
    InputPlace,
    InputStream,
    Intent,
    IntentHandler,
    IntentInfo,
    Output,
    OutputStream,
    ProviderFailedError,
    Response,
)

LOUD = 30000


@dataclass(frozen=True)
class Where:
    """A folder that a test looks into."""

    folder: str = ""


class Told:
    """Pieces of an answer that wait to be stopped after the second one."""

    def __init__(self, folder):
        self._folder = folder
        self._pieces = iter(["One. ", "Two. "])
        self._stopped = threading.Event()

    def __iter__(self):
        return self

    def __next__(self):
        piece = next(self._pieces, None)
        if piece is None:
            (self._folder / "waits").touch()
            self._stopped.wait()
            raise StopIteration
        return piece

    def close(self):
        self._stopped.set()
        (self._folder / "closed").touch()


class CallingHandler(IntentHandler[Where]):
    """Asks the assistant for everything that it does for handlers."""

    name = "calling"
    Options = Where
    intents = ("Ask", "Later", "Pieces", "Die", "Hang", "Odd", "Raise", "Seen")
    _services = None
    _n_run = 0

    def start(self, services):
        self._services = services
        (services.state_folder() / f"started-{os.getpid()}").touch()
        if (services.state_folder() / "pending").exists():
            services.call_at(services.clock.now() + timedelta(hours=1), self._run)

    def handle(self, intent, context):
        return getattr(self, f"_{intent.name.lower()}")(intent, context)

    def sentences(self, language):
        return {"intents": {"Ask": {"data": ({"sentences": ("ask them",)},)}}}

    def examples(self, language):
        return ("ask them",)

    def describe(self):
        return [IntentInfo("Ask", "asks", {"what": "anything"})]

    def _ask(self, intent, context):
        services = self._services
        services.volume = services.volume / 2
        other = services.answer(Intent("Other", "x", slots={"a": 1}))
        is_told = services.announce(Response("", pieces=iter(["a", "b"])), rings=True)
        services.hush()
        services.failed("calling: failed")
        services.warn("calling: warned")
        services.sentences_changed()
        data = {
            "volume": services.volume,
            "speaks": services.speaks,
            "is_told": is_told,
            "language": services.language,
            "folder": str(services.state_folder()),
            "other": other.text,
            "names": [one.name for one in services.intents()],
            "said": context.last_response.text,
            "slots": dict(intent.slots),
            "now": context.now,
            "pid": os.getpid(),
        }
        return Response("asked", data=data)

    def _later(self, intent, context):
        cancel = self._services.call_at(context.now, self._run)
        if intent.slots:
            cancel()
            cancel()
        (self._services.state_folder() / "pending").touch()
        return Response("later")

    def _run(self):
        self._n_run += 1
        self._services.announce(Response("now"))

    def _pieces(self, intent, context):
        return Response("", pieces=Told(Path(self.options.folder)))

    def _seen(self, intent, context):
        return Response(str(self._n_run))

    def _die(self, intent, context):
        os.abort()

    def _hang(self, intent, context):
        threading.Event().wait()

    def _odd(self, intent, context):
        return threading.Event  # what no handler may return

    def _raise(self, intent, context):
        self._services.answer(Intent("Nobody", "x"))


class FileOutput(Output[Where]):
    """Writes all that is heard into a file; a loud block kills its process once."""

    name = "file"
    live = True
    Options = Where

    def open_stream(self, sample_rate):
        if sample_rate == 1:
            raise DeviceError("no such rate")
        return FileAnswer(Path(self.options.folder), sample_rate)

    def duck(self):
        (Path(self.options.folder) / "ducked").touch()


class FileAnswer(OutputStream):
    def __init__(self, folder, rate):
        self._folder, self._rate = folder, rate
        self._stopped = threading.Event()

    def write(self, samples):
        if samples.max(initial=0) >= LOUD and not (self._folder / "died").exists():
            (self._folder / "died").touch()
            os.abort()
        with (self._folder / "heard").open("ab") as file:
            file.write(samples.tobytes())

    def finish(self):
        (self._folder / "waits").touch()
        self._stopped.wait(0 if self._rate == 8000 else None)

    def abort(self):
        (self._folder / "aborted").touch()
        self._stopped.set()


class CountingInput(Input[Where]):
    """Delivers 1, 2, 3 ... in blocks of ten; dies once before the third block."""

    name = "counting"
    Options = Where
    _n_blocks = 6

    def open_stream(self):
        return Counting(Path(self.options.folder), self._n_blocks)

    def expected_format(self):
        return AudioFormat(8000)


class LiveInput(CountingInput):
    """The same, as a device that goes on for ever."""

    name = "live"
    live = True
    _n_blocks = 10**9

    def begin(self):
        """Note that somebody listens from now on."""
        (Path(self.options.folder) / "begun").touch()


class Counting(InputStream):
    format = AudioFormat(8000)

    def __init__(self, folder, n_blocks):
        self._folder, self._n_blocks, self._n = folder, n_blocks, 0
        self._size = 10
        self._stopped = threading.Event()

    def read(self):
        self._n += 1
        if self._n == 3 and not (self._folder / "died").exists():
            (self._folder / "died").touch()
            os.abort()
        if self._n > self._n_blocks or (self._folder / "wait").exists():
            (self._folder / "waits").touch()
            return None if self._n > self._n_blocks else self._stopped.wait() and None
        first = (self._n - 1) * self._size
        return np.arange(first, first + self._size, dtype=np.int16)

    def length_s(self):
        return 0.75

    def prefer_block(self, seconds):
        (self._folder / f"prefers-{seconds}").touch()

    def close(self):
        self._stopped.set()


class NumbersInput(Input[Where]):
    """Reads numbers from standard input as anybody would, one a line, ten to a block.

    It dies once while it opens, and hangs once before the third block, when it is told so.
    """

    name = "numbers"
    reads_standard_input = True
    Options = Where

    def open_stream(self):
        folder = Path(self.options.folder)
        if (folder / "do not open").exists():
            (folder / "do not open").unlink()
            os.abort()
        return Numbers(folder)


class Numbers(InputStream):
    format = AudioFormat(8000)

    def __init__(self, folder):
        self._folder, self._n, self._n_bytes = folder, 0, 0

    def read(self):
        self._n += 1
        if self._n == 3 and (self._folder / "hang").exists():
            (self._folder / "hang").unlink()
            threading.Event().wait()
        lines = [line for _ in range(10) if (line := sys.stdin.buffer.readline())]
        if b"die\n" in lines:
            os.abort()
        self._n_bytes += sum(map(len, lines))
        return np.array(lines, np.float64).astype(np.int16) if lines else None

    def close(self):
        pass


class MarkedInput(NumbersInput):
    """The same, and can be gone on with behind every other block."""

    name = "marked"

    def open_stream(self):
        return Marked(Path(self.options.folder))

    def go_on(self, state):
        (Path(self.options.folder) / f"went on at {state}").touch()
        return self.open_stream()


class Marked(Numbers):
    def place(self):
        return InputPlace(self._n_bytes, self._n_bytes) if self._n % 2 else None


class WrongHandler(IntentHandler):
    """Cannot begin to work."""

    name = "wrong"
    intents = ("Wrong",)

    def start(self, services):
        raise ProviderFailedError("no start today")

    def handle(self, intent, context):
        return None
