"""Probes in another interpreter, with packages that irene's own does not have."""

from __future__ import annotations

import json
import select
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from irene.errors import ProviderFailedError, ProviderUnavailableError
from irene.performance.benchmark.probe import Sample

_SERVE = Path(__file__).parents[1] / "peers" / "serve.py"
_START_S = 120.0
"""longest wait for an interpreter and its imports"""
_SAMPLE_S = 120.0
"""longest wait for one sample"""
_CLOSE_S = 5.0


class Peer:
    """An interpreter that runs the probes of one script, one sample at a time, when it is told.

    So its probes take turns with those of this process. What the script prints goes to a file, not
    into the conversation. Use it as a context manager.
    """

    def __init__(self, python: str | Path, script: Path, start_s: float = _START_S) -> None:
        """Start it and wait until its imports are done.

        Raises:
            ProviderUnavailableError: there is no such interpreter, or the script cannot be used in
                it: a package is missing.
        """
        self._name = script.stem
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        try:
            self._process = subprocess.Popen(
                [str(python), str(_SERVE), str(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
            )
        except OSError as error:
            self._log.close()
            raise ProviderUnavailableError(f"peer {self._name}: {error}") from error
        hello = self._first_answer(start_s)
        self.about: str = hello["about"]
        """the packages and their versions"""
        self.probes: Mapping[str, PeerProbe] = {
            name: PeerProbe(self, name, n_operations)
            for name, n_operations in hello["probes"].items()
        }
        """by name"""

    def sample(self, name: str, n_loops: int) -> Sample:
        """Let a probe do its work that many times.

        Raises:
            ProviderFailedError: it failed, died, or took too long.
        """
        answer = self._ask({"probe": name, "loops": n_loops})
        if "error" in answer:
            raise ProviderFailedError(f"peer {self._name}, {name}: {answer['error']}")
        return Sample(answer["wall_s"], answer["cpu_s"])

    def close(self) -> None:
        """End the interpreter."""
        if self._process.stdin is not None:
            with suppress(OSError):  # what could not be said to one that died is still in it
                self._process.stdin.close()
        try:
            self._process.wait(_CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _first_answer(self, start_s: float) -> dict[str, Any]:
        try:
            hello = self._answer(start_s)
        except ProviderFailedError as error:
            self.close()
            raise ProviderUnavailableError(str(error)) from error
        if "error" in hello:
            self.close()
            raise ProviderUnavailableError(f"peer {self._name}: {hello['error']}")
        return hello

    def _ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise ProviderFailedError(f"peer {self._name}: {self._last_words()}") from error
        return self._answer(_SAMPLE_S)

    def _answer(self, at_most_s: float) -> dict[str, Any]:
        """Return the next line; there is never more than one on its way.

        Raises:
            ProviderFailedError: none came.
        """
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], at_most_s)
        if not ready:
            self._process.kill()
            raise ProviderFailedError(f"peer {self._name}: no answer within {at_most_s:g} s")
        line = self._process.stdout.readline()
        if not line:
            raise ProviderFailedError(f"peer {self._name}: {self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        self._process.wait(_CLOSE_S)
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return f"it died with status {self._process.returncode}: {lines[-1] if lines else ''}"


@dataclass(frozen=True)
class PeerProbe:
    """Work in another interpreter, timed there."""

    peer: Peer
    name: str
    n_operations: float

    def sample(self, n_loops: int) -> Sample:
        """Do the work that many times and return how long it took.

        Raises:
            ProviderFailedError: it failed, died, or took too long.
        """
        return self.peer.sample(self.name, n_loops)
