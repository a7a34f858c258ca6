"""Audio files of every container that libsndfile reads, decoded forward in blocks."""

from __future__ import annotations

import io
import os
import re
import threading
from typing import Any, BinaryIO

import numpy as np

from irene import AudioFormat, AudioFormatError, InputStream, Samples
from irene_plugins.inputs.pcm import MAX_RATE_HZ, MIN_RATE_HZ, unit_floats
from irene_plugins.inputs.sniffing import READABLE, SNIFFED_BYTES, container_of, foreign_content
from irene_plugins.inputs.wav_header import UNKNOWN_BYTES, read_wav_header

_INT16_SUBTYPES = frozenset({"PCM_16", "ALAC_16"})
_SHORTENED = re.compile(r"(?:data|SSND)\s*: (\d+) \(should be (\d+)\)")
"""libsndfile's note, in its log, that a chunk is longer than the file that holds it."""
_PREFIX = re.compile(r"^Error( :| in [^.]*\.)\s*")
_NO_REASON = re.compile("internal error|unimplemented format", re.IGNORECASE)
"""What libsndfile says of headers that it believes and cannot use: not why."""
_UNKNOWN_FRAMES = 1 << 48
"""Lengths from here on stand for an unknown one, as of a FLAC that was streamed into a pipe."""
_SLACK_S = 0.1
_SLACK_RATIO = 0.02
"""How far the length of an MP3 without an index may be from its estimate."""
_FLAC_TAIL_BYTES = 16384
"""More than this behind the last promised FLAC sample is audio: libFLAC reads 8 KiB ahead."""
_OGG_LAST_PAGE_BYTES = 65307


class ContainerStream(InputStream):
    """One audio file, decoded in blocks of constant memory.

    16-bit sources come as int16, all others as float32. What can be decoded is delivered first;
    damage, a truncated end or audio behind the promised end is an error after that.
    """

    def __init__(self, soundfile: Any, file: BinaryIO, name: str, block_ms: int) -> None:
        self._file = file
        self._name = name
        self._error = soundfile.LibsndfileError
        self._lock = threading.Lock()
        self._sound: Any = self._open(soundfile)
        self._failure: AudioFormatError | None = None
        self._n_frames = 0
        self._promised_frames = _promised_frames(self._sound)
        self._is_int16 = self._sound.subtype in _INT16_SUBTYPES
        self._block = max(1, self._sound.samplerate * block_ms // 1000)
        self._check_header()

    @property
    def format(self) -> AudioFormat:
        """Rate and channels of the file."""
        sound = self._sound
        return AudioFormat(
            sound.samplerate, sound.channels, "int16" if self._is_int16 else "float32"
        )

    def read(self) -> Samples | None:
        """Return the next block; None at the end.

        Raises:
            AudioFormatError: the file is damaged or truncated from here on.
        """
        with self._lock:
            if self._file.closed:
                return None
            if self._failure is not None:
                raise self._failure
            block = self._decode()
            self._n_frames += len(block)
            if len(block):
                return block if self._is_int16 else unit_floats(block)
            self._failure = self._failure or self._end_problem()
            if self._failure is not None:
                raise self._failure
            return None

    def length_s(self) -> float | None:
        """Return what the header promises; None when it promises nothing."""
        return self._promised_frames / self._sound.samplerate if self._promised_frames else None

    def close(self) -> None:
        """Close the file; a block that is being decoded is finished first."""
        with self._lock:
            if not self._file.closed:
                self._sound.close()
                self._file.close()

    def _open(self, soundfile: Any) -> Any:
        class ForwardOnly(soundfile.SoundFile):  # type: ignore[misc] # the package is Any here
            """Never seeks: soundfile does after each read, which damaged FLAC does not survive."""

            def seekable(self) -> bool:
                return False

        try:
            os.lseek(self._file.fileno(), 0, os.SEEK_SET)
            return ForwardOnly(self._file.fileno(), closefd=False)
        except soundfile.LibsndfileError as error:
            reason = _plain_reason(error)
            raise AudioFormatError(_unreadable(self._file, self._name, reason)) from error

    def _check_header(self) -> None:
        rate = self._sound.samplerate
        if not MIN_RATE_HZ <= rate <= MAX_RATE_HZ:
            raise AudioFormatError(
                f"{self._name}: header says {rate} Hz, which is no audio; "
                f"{MIN_RATE_HZ} to {MAX_RATE_HZ} Hz can be read"
            )
        if self._sound.frames == 0:
            raise AudioFormatError(
                f"{self._name}: a {self._sound.format} header without samples; "
                "record or export it again"
            )

    def _decode(self) -> Samples:
        """Return up to a block; what was decoded before an error counts, the error is kept."""
        channels = self._sound.channels
        shape = (self._block,) if channels == 1 else (self._block, channels)
        out = np.empty(shape, np.int16 if self._is_int16 else np.float32)
        try:
            decoded: Samples = self._sound.read(self._block, out=out)
            return decoded
        except self._error as error:
            good = min(self._block, max(0, self._position() - self._n_frames))
            self._failure = AudioFormatError(
                f"{self._name}: damaged at {self._seconds(self._n_frames + good)} "
                f"({_plain_reason(error)}); the audio before that is good"
            )
            return out[:good]

    def _position(self) -> int:
        """Return how many frames were decoded: known to libsndfile even after an error."""
        try:
            return int(self._sound.tell())
        except self._error:
            return self._n_frames

    def _end_problem(self) -> AudioFormatError | None:
        promised = self._promised_frames
        slack = max(_SLACK_S * self._sound.samplerate, _SLACK_RATIO * promised)
        if promised > self._sound.frames or promised - self._n_frames > slack:
            return self._truncated(f"header promises {self._seconds(promised)}")
        if self._sound.format == "OGG" and not _has_last_ogg_page(self._file):
            return self._truncated("the last OGG page is missing")
        return self._flac_tail_problem()

    def _truncated(self, what: str) -> AudioFormatError:
        return AudioFormatError(
            f"{self._name}: truncated: {what}, file holds {self._seconds(self._n_frames)}; "
            "copy or record it again"
        )

    def _flac_tail_problem(self) -> AudioFormatError | None:
        fd = self._file.fileno()
        left = os.fstat(fd).st_size - os.lseek(fd, 0, os.SEEK_CUR)
        if self._sound.format != "FLAC" or left <= _FLAC_TAIL_BYTES:
            return None
        return AudioFormatError(
            f"{self._name}: header promises {self._seconds(self._promised_frames)}, but "
            f"{left} bytes of audio follow unread; repair it with `flac -d -F` and encode it again"
        )

    def _seconds(self, n_frames: int) -> str:
        return f"{n_frames / self._sound.samplerate:.3f} s"


def _promised_frames(sound: Any) -> int:
    """Return the length that the header promises, which libsndfile corrects silently; 0: none."""
    if sound.frames >= _UNKNOWN_FRAMES:
        return 0
    found = _SHORTENED.search(sound.extra_info)
    if found is None:
        return int(sound.frames)
    declared, actual = int(found[1]), int(found[2])
    frames = int(sound.frames)
    if declared <= actual or declared >= UNKNOWN_BYTES or actual == 0:
        return frames
    return max(frames + 1, round(frames * declared / actual))


def _has_last_ogg_page(file: BinaryIO) -> bool:
    """Look for the end-of-stream flag of the last page (RFC 3533 §6)."""
    size = os.fstat(file.fileno()).st_size
    start = max(0, size - _OGG_LAST_PAGE_BYTES)
    tail = os.pread(file.fileno(), _OGG_LAST_PAGE_BYTES, start)
    page = tail.rfind(b"OggS")
    return page >= 0 and len(tail) > page + 5 and bool(tail[page + 5] & 4)


def _unreadable(file: BinaryIO, name: str, reason: str) -> str:
    """Say in one line what a file is that libsndfile refuses."""
    head = os.pread(file.fileno(), SNIFFED_BYTES, 0)
    if what := foreign_content(head):
        return f"{name}: this is {what}; readable are {READABLE}"
    container = container_of(head)
    if container and _NO_REASON.search(reason):
        return _unusable_header(file, name, container)
    if container:
        return f"{name}: damaged {container}: {reason}; export it again as WAV or FLAC"
    return (
        f"{name}: no audio that can be read; readable are {READABLE}, "
        'and raw PCM with `encoding = "s16le"`'
    )


def _unusable_header(file: BinaryIO, name: str, container: str) -> str:
    """Say in one line what of a header makes no sense."""
    samples = ""
    if container == "WAV":
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        try:
            samples = read_wav_header(io.FileIO(file.fileno(), closefd=False), name).samples
        except AudioFormatError as error:
            return str(error)
    if samples:
        return f"{name}: {samples} samples cannot be read; export it again with 16-bit ones"
    return f"{name}: damaged {container}: its header makes no sense; export it again"


def _plain_reason(error: Any) -> str:
    """Return libsndfile's own words, without its prefixes."""
    return _PREFIX.sub("", str(error.error_string)).strip().rstrip(".")
