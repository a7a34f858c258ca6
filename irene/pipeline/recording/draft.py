"""A session that is being recorded: a folder that only grows, and becomes one file at its end."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import IO, Any

import numpy as np

from irene.config.secrets import MASK, secret_texts
from irene.pipeline.recording.facts import config_text_of, facts_of, sentence_files
from irene.pipeline.recording.items import Begin, Happening, Piece, Typed
from irene.pipeline.recording.layout import (
    CHUNKS,
    CONFIG,
    EVENTS,
    FACTS,
    MOST_AUDIO,
    RAW_AUDIO,
    SENTENCES,
    SUFFIX,
    TYPED,
    UNFINISHED,
)

if sys.platform != "win32":
    import fcntl

_STEM = "%Y%m%dT%H%M%S"


class Draft:
    """A recording that grows; after every `flush` what was added survives the process.

    Its files can be read by their owner only. One of them is locked as long as its process lives:
    whoever gets the lock knows that nobody will finish the recording.

    Raises:
        OSError: from any method; it cannot be written.
    """

    def __init__(self, folder: Path, begin: Begin) -> None:
        """Begin a recording in a folder, which is made where it is missing."""
        self.path = _made(folder, begin)
        """the folder of this recording"""
        self.n_bytes = 0
        """size of its files"""
        self.audio = begin.audio
        """form of the audio; None: nothing is heard"""
        self._secrets = sorted(secret_texts(begin.config), key=len, reverse=True)
        self._due = begin.first_sample
        self._run = (begin.first_sample, 0, 0)
        self._files: dict[str, IO[bytes]] = {}
        try:
            self._begin(begin)
        except OSError:
            self.discard()
            raise

    def add_audio(self, piece: Piece) -> None:
        """Append audio; what is missing before it is a gap."""
        content = np.ascontiguousarray(piece.samples).tobytes()
        if self._size_of(RAW_AUDIO) + len(content) > MOST_AUDIO:
            return
        self._write(RAW_AUDIO, content)
        first, length, count = self._run
        n_samples = piece.samples.shape[0]
        if piece.first_sample == self._due and n_samples == length:
            self._run = (first, length, count + 1)
        else:
            self._write_run()
            self._run = (piece.first_sample, n_samples, 1)
        self._due = piece.first_sample + n_samples

    def add_event(self, happening: Happening) -> None:
        """Append an event."""
        self._line(EVENTS, {**happening.event.to_dict(), "at": happening.at.isoformat()})

    def add_typed(self, typed: Typed) -> None:
        """Append a request."""
        head = {"session": typed.session, "time_s": round(typed.time_s, 6)}
        self._line(TYPED, {**head, "text": typed.text, "at": typed.at.isoformat()})

    def flush(self) -> None:
        """Hand everything to the system."""
        self._write_run()
        for file in self._files.values():
            file.flush()

    def finish(self, reason: str, not_kept: Mapping[str, float]) -> None:
        """Note how it ended; the folder stays, and locked: nobody else finishes it meanwhile."""
        self.flush()
        facts = json.loads((self.path / FACTS).read_bytes())
        file = self._opened(FACTS)
        file.seek(0)  # written over, not anew: a process that ends here leaves no empty file
        file.write(_json({**facts, "ended": reason, "not_kept": dict(not_kept)}))
        file.flush()

    def close(self) -> None:
        """Let its files go, and with them the lock."""
        files, self._files = self._files, {}
        for file in files.values():
            with suppress(OSError):  # what could not be written was told before
                file.close()

    def discard(self) -> None:
        """Remove it."""
        self.close()
        rmtree(self.path, ignore_errors=True)

    def _begin(self, begin: Begin) -> None:
        text = config_text_of(begin)
        facts = self._opened(FACTS)
        if sys.platform != "win32":
            fcntl.flock(facts.fileno(), fcntl.LOCK_EX)
        self._write(FACTS, _json(facts_of(begin, text)))
        self._write(CONFIG, text.encode())
        for name, content in sentence_files(begin.config.intents.sentences).items():
            path = self.path / SENTENCES / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o600)
            self.n_bytes += len(content)
        for name in (EVENTS, *((RAW_AUDIO, CHUNKS) if begin.audio else (TYPED,))):
            self._opened(name)
        self.flush()

    def _write_run(self) -> None:
        first, length, count = self._run
        if count:
            self._write(CHUNKS, f"{first},{length},{count}\n".encode())
            self._run = (self._due, 0, 0)

    def _line(self, name: str, content: Mapping[str, Any]) -> None:
        line = json.dumps(content, ensure_ascii=False, default=str)  # slots are a plugin's own
        for secret in self._secrets:  # an error may name the address that it came from
            line = line.replace(json.dumps(secret, ensure_ascii=False)[1:-1], MASK)
        self._write(name, line.encode() + b"\n")

    def _write(self, name: str, content: bytes) -> None:
        self._opened(name).write(content)
        self.n_bytes += len(content)

    def _size_of(self, name: str) -> int:
        return self._files[name].tell() if name in self._files else 0

    def _opened(self, name: str) -> IO[bytes]:
        if name not in self._files:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self._files[name] = os.fdopen(os.open(self.path / name, flags, 0o600), "wb")
        return self._files[name]


def _made(folder: Path, begin: Begin) -> Path:
    """Make a folder of its own for a recording; its name begins with the time."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # one that is there keeps its rights
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error
    stem, number = begin.at.strftime(_STEM), 1
    while True:
        path = folder / f"{stem}-{number}{UNFINISHED}"
        is_taken = path.with_name(f"{stem}-{number}{SUFFIX}").exists()
        try:
            if not is_taken:
                path.mkdir(mode=0o700)
                return path
        except FileExistsError:
            pass
        number += 1


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"
