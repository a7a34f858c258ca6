"""What is being said, on disk while it is said: a process that is killed loses no speech either."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from irene.audio.samples import to_int16
from irene.components.threads import start_daemon
from irene.components.utterances.kept_audio import KeptAudio
from irene.components.utterances.pending_speech import (
    Circumstances,
    PendingSpeech,
    facts_of,
    known_of,
)

if sys.platform != "win32":
    import fcntl

_SUFFIX = ".spool"
_KILLED = "the assistant ended while this was said"


class Spool:
    """Writes an utterance as it comes, on a thread of its own, until its text is final.

    Nobody who speaks or listens waits for the disk: this is one more reader of the kept audio. The
    file can be read by its owner only. It is locked as long as its process lives, so whoever gets
    the lock knows that nobody will finish it. What was written survives the process; a power cut
    may take the last seconds. Where it cannot be written, the audio is in memory only, as before.
    """

    def __init__(
        self, audio: KeptAudio, sample_rate: int, pending: PendingSpeech, known: Circumstances
    ) -> None:
        """Begin at once; nothing is written before the first block has come."""
        self._audio = audio
        self._head = {"sample_rate": sample_rate, **facts_of(known)}
        self._pending = pending
        self._is_over = threading.Event()
        self.done = start_daemon("spool", self._run)
        """ends when nothing of it is left on the disk"""

    def discard(self) -> None:
        """Drop what was written: the utterance has its text, or lies in the folder as a whole."""
        self._is_over.set()
        with self._audio.lock:
            self._audio.wake()

    def _run(self) -> None:
        with self._audio.lock:
            block = self._audio.block(0, self._is_over.is_set)
        if block is None:
            return
        with suppress(OSError):
            path, file = self._opened()
            try:
                self._write(file)
                self._is_over.wait()
            finally:
                path.unlink(missing_ok=True)
                os.close(file)

    def _opened(self) -> tuple[Path, int]:
        self._pending.prepare()
        file, name = tempfile.mkstemp(_SUFFIX, dir=self._pending.folder)  # with mode 0600
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)
        os.write(file, json.dumps(self._head, ensure_ascii=False).encode() + b"\n")
        return Path(name), file

    def _write(self, file: int) -> None:
        """Write all blocks, until speech is over or nobody wants them any more."""
        position, left = 0, self._pending.max_bytes
        while left > 0:
            with self._audio.lock:
                block = self._audio.block(position, self._is_over.is_set)
            if block is None:
                return
            sound = to_int16(block).astype("<i2", copy=False).tobytes()[:left]
            os.write(file, sound)
            position, left = position + 1, left - len(sound)


def recover(pending: PendingSpeech) -> list[Path]:
    """Keep every utterance whose process has ended before its text was final; return their files.

    What cannot be read is removed.

    Raises:
        ProviderFailedError: one cannot be kept.
    """
    if sys.platform == "win32":
        return []
    recovered = []
    for path in sorted(pending.folder.glob(f"*{_SUFFIX}")):
        with suppress(FileNotFoundError, BlockingIOError, PermissionError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            head = file.readline()
            if not head:
                continue  # it is being begun
            kept = _kept(pending, head, file.read())
            recovered += [] if kept is None else [kept]
            path.unlink(missing_ok=True)
    return recovered


def _kept(pending: PendingSpeech, head: bytes, sound: bytes) -> Path | None:
    """Put the content of a spool into the folder; None when there is nothing to hear."""
    try:
        facts: dict[str, Any] = json.loads(head)
        rate, known = int(facts["sample_rate"]), known_of(facts)
    except (ValueError, KeyError, TypeError):
        return None
    samples = np.frombuffer(sound[: len(sound) // 2 * 2], "<i2").astype(np.int16)
    if known is None or rate <= 0 or not samples.size:
        return None
    told = Circumstances(known.said_at, known.language, known.grammar, {"assistant": _KILLED})
    return pending.keep([samples], rate, told)[0]
