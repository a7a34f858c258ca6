"""A recogniser that ends its process in the middle of an utterance; for workers, never for here."""

import ctypes
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from irene import Asr, AsrCapabilities, AsrStream, Hypothesis


@dataclass(frozen=True)
class AbortingOptions:
    """Where its process ends."""

    call: int = -1
    """number of the call of each utterance, 0 is `open_stream`; below 0: never"""
    way: str = "abort"
    """`abort` or `segfault`"""
    once: str = ""
    """file that is written first: when it is there, nothing happens; empty: every time"""


class AbortingAsr(Asr[AbortingOptions]):
    """Its text tells which samples it heard in which windows."""

    name = "aborting"
    capabilities = AsrCapabilities(max_concurrency=4)
    Options = AbortingOptions

    def open_stream(self, request):
        """Open, which is call 0."""
        stream = _Stream(self.options)
        stream.count()
        return stream


class _Stream(AsrStream):
    def __init__(self, options):
        self._options = options
        self._n_calls = 0
        self._blocks = []

    @property
    def _text(self):
        digest = hashlib.sha256()
        for block in self._blocks:
            digest.update(f"{block.dtype} {block.shape};".encode() + block.tobytes())
        return f"{len(self._blocks)}: {digest.hexdigest()}"

    def count(self):
        """Count a call, and end the process in one of them."""
        number, self._n_calls = self._n_calls, self._n_calls + 1
        if number == self._options.call and self._is_due():
            os.abort() if self._options.way == "abort" else ctypes.string_at(0)

    def _is_due(self):
        if not self._options.once:
            return True
        marker = Path(self._options.once)
        is_due = not marker.exists()
        marker.touch()
        return is_due

    def accept(self, samples):
        """Hear."""
        self.count()
        self._blocks.append(samples.copy())
        return Hypothesis(self._text, False)

    def finish(self):
        """Tell what was heard."""
        self.count()
        return Hypothesis(self._text, True)

    def close(self):
        """Close."""
        self.count()
