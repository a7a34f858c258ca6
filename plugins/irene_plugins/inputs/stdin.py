"""Input `stdin`: audio that another program pipes in, decoded while it arrives where it can be."""

from __future__ import annotations

import importlib
import io
import os
import select
import sys
import tempfile
from dataclasses import astuple, dataclass
from typing import Any, BinaryIO, ClassVar

from irene import (
    AudioFormat,
    AudioFormatError,
    ConfigurationError,
    Input,
    InputPlace,
    InputStream,
    Licence,
    ProviderUnavailableError,
    hookimpl,
    needs_package,
)
from irene_plugins.inputs.pcm import PcmLayout, PcmStream
from irene_plugins.inputs.sniffing import READABLE, SNIFFED_BYTES, container_of, foreign_content
from irene_plugins.inputs.wav_header import read_wav_header

NAME = "standard input"
_SPOOL_MEMORY_BYTES = 1 << 16


@dataclass(frozen=True)
class StdinOptions:
    """What piped audio does not say about itself."""

    encoding: str = ""
    """of raw PCM: `s16le`, `s24le`, `s32le`, `f32le` or `u8`; empty: a known container is
    recognised, and all else is taken for `s16le`"""
    rate: int = 16000
    """Hz of raw PCM"""
    raw_channels: int = 1
    """interleaved channels of raw PCM"""
    block_ms: int = 40
    """milliseconds of audio per block, more while nobody speaks"""


class PipeReader:
    """Bytes of a pipe or file: can be looked at before they are read, and woken while it waits."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._head = b""
        self._fd = _descriptor(file)
        self._wake_read, self._wake_write = os.pipe()

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes (fewer at the end) and keep them for `read`."""
        self._head = self.read(size)
        return self._head

    def push_back(self, data: bytes) -> None:
        """Give bytes back, to be read again."""
        self._head = data + self._head

    def read(self, size: int, /) -> bytes:
        """Block for `size` bytes; fewer only at the end or after `close`."""
        data, self._head = bytearray(self._head[:size]), self._head[size:]
        while len(data) < size and (more := self._some(size - len(data))):
            data += more
        return bytes(data)

    def close(self) -> None:
        """Wake a blocked `read`; standard input itself stays open."""
        if self._wake_write >= 0:
            wake, self._wake_write = self._wake_write, -1
            os.close(wake)

    def __del__(self) -> None:
        self.close()
        os.close(self._wake_read)

    def _some(self, size: int) -> bytes:
        if self._wake_write < 0:
            return b""
        if self._fd < 0:
            return self._file.read(size)
        ready, _, _ = select.select([self._fd, self._wake_read], [], [])
        return b"" if self._wake_read in ready else os.read(self._fd, size)


class PipedPcm(PcmStream):
    """Raw samples of standard input; another process can go on with them at any sample."""

    n_head = 0
    """bytes of the header before them"""

    def __init__(
        self,
        reader: PipeReader,
        layout: PcmLayout,
        block_ms: int,
        promised: int = -1,
        n_before: int = 0,
    ) -> None:
        super().__init__(reader, layout, NAME, block_ms, promised=promised, n_before=n_before)
        self._n_before = n_before
        self._facts = astuple(layout), promised

    def place(self) -> InputPlace:
        """Return how far the samples were returned, and how to read those that follow."""
        n_bytes = self.n_head + self.n_delivered - self._n_before
        return InputPlace(n_bytes, (*self._facts, self.n_delivered))


class StdinInput(Input[StdinOptions]):
    """Reads WAV and raw PCM while they arrive; other containers are stored first, then decoded.

    It is not live: a pipe is read as fast as it delivers.
    """

    name: ClassVar[str] = "stdin"
    summary: ClassVar[str] = "audio piped into the program: WAV, FLAC, OGG, MP3 ... or raw PCM"
    reads_standard_input: ClassVar[bool] = True
    licence: ClassVar[Licence] = Licence("BSD-3-Clause AND LGPL-2.1-or-later")
    Options: ClassVar[type[Any]] = StdinOptions

    def expected_format(self) -> AudioFormat | None:
        """Return the format of raw PCM; a container in the pipe brings its own.

        Raises:
            AudioFormatError: standard input is a terminal.
            ConfigurationError: the raw options make no sense.
        """
        _standard_input()
        return self._layout().format

    def open_stream(self) -> InputStream:
        """Look at the first bytes of standard input and choose how to decode the rest.

        Raises:
            AudioFormatError: it is empty, a terminal, or no audio.
            ConfigurationError: the raw options make no sense.
            ProviderUnavailableError: the container needs soundfile, which is not installed.
        """
        self._check_block()
        reader = PipeReader(_standard_input())
        head = reader.peek(SNIFFED_BYTES)
        if not head:
            raise AudioFormatError(f"{NAME} is empty; pipe audio into it: {READABLE}, or raw PCM")
        container = "" if self.options.encoding else container_of(head)
        if container == "WAV" and head.startswith(b"RIFF"):
            return self._open_wav(reader)
        if container:
            return self._open_spooled(reader)
        if not self.options.encoding and (what := foreign_content(head)):
            raise AudioFormatError(f"{NAME}: this is {what}; readable are {READABLE}, or raw PCM")
        return self._open_raw(reader)

    def go_on(self, state: Any) -> InputStream:
        """Go on with raw samples, or with those of a WAV, whose header is known."""
        layout, promised, n_before = state
        samples = PcmLayout(*layout)
        return PipedPcm(
            PipeReader(_standard_input()), samples, self.options.block_ms, promised, n_before
        )

    def _check_block(self) -> None:
        if self.options.block_ms < 1:
            raise ConfigurationError(f"inputs.stdin: block_ms = {self.options.block_ms}: use >= 1")

    def _open_raw(self, reader: PipeReader) -> InputStream:
        return PipedPcm(reader, self._layout(), self.options.block_ms)

    def _layout(self) -> PcmLayout:
        options = self.options
        layout = PcmLayout(options.encoding or "s16le", options.rate, options.raw_channels)
        layout.check("inputs.stdin")
        return layout

    def _open_wav(self, reader: PipeReader) -> InputStream:
        header = read_wav_header(reader, NAME)
        if header.layout is None:
            reader.push_back(header.raw)
            return self._open_spooled(reader)
        stream = PipedPcm(reader, header.layout, self.options.block_ms, header.n_bytes)
        stream.n_head = len(header.raw)
        return stream

    def _open_spooled(self, reader: PipeReader) -> InputStream:
        from irene_plugins.inputs.container import ContainerStream

        ready = needs_package("soundfile", "audio")
        if not ready.ready:
            raise ProviderUnavailableError(f"inputs provider 'stdin': {ready}")
        file = tempfile.TemporaryFile(prefix="irene-stdin-")  # noqa: SIM115 - the stream closes it
        while data := reader.read(_SPOOL_MEMORY_BYTES):
            file.write(data)
        file.flush()
        file.seek(0)
        soundfile = importlib.import_module("soundfile")
        try:
            return ContainerStream(soundfile, file, NAME, self.options.block_ms)
        except AudioFormatError:
            file.close()
            raise


def _standard_input() -> BinaryIO:
    if sys.stdin is None or sys.stdin.isatty():
        raise AudioFormatError(f"{NAME} is no pipe; try `irene run --input - < recording.wav`")
    return sys.stdin.buffer


def _descriptor(file: BinaryIO) -> int:
    """Return the file's descriptor; -1 when it is no file of the system."""
    try:
        return file.fileno()
    except (OSError, io.UnsupportedOperation):
        return -1


@hookimpl
def irene_inputs() -> list[type[Input[Any]]]:
    """Offer the input."""
    return [StdinInput]
