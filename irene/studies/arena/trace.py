"""Allocations as they came and went, in a file that can be read."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from irene.errors import ConfigurationError
from irene.files.text import why_unreadable

_HEADER = "# irene allocation trace: `+ NUMBER BYTES` takes memory, `- NUMBER` gives it back"


@dataclass(frozen=True, slots=True)
class Step:
    """One allocation, or its end."""

    number: int
    """which allocation"""
    n_bytes: int
    """what is taken; 0: it is given back"""


class TraceRecorder:
    """Writes down what is taken and given back; any thread may call it."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        """everything so far"""
        self._n_taken = 0
        self._lock = threading.Lock()

    def taken(self, n_bytes: int) -> int:
        """Note an allocation; return its number."""
        with self._lock:
            self._n_taken += 1
            self.steps.append(Step(self._n_taken, n_bytes))
            return self._n_taken

    def given(self, number: int) -> None:
        """Note its end."""
        with self._lock:
            self.steps.append(Step(number, 0))


def peak_bytes(steps: Iterable[Step]) -> int:
    """Return the most that was taken at the same time."""
    live: dict[int, int] = {}
    most = now = 0
    for step in steps:
        if step.n_bytes:
            live[step.number] = step.n_bytes
            now += step.n_bytes
            most = max(most, now)
        else:
            now -= live.pop(step.number)
    return most


def write_trace(path: Path, steps: Iterable[Step], origin: str) -> None:
    """Write a trace, with a line that says where it comes from."""
    lines = [f"+ {one.number} {one.n_bytes}" if one.n_bytes else f"- {one.number}" for one in steps]
    path.write_text("\n".join((_HEADER, f"# {origin}", *lines)) + "\n", encoding="utf-8")


def read_trace(path: Path) -> list[Step]:
    """Return the steps of a trace.

    Raises:
        ConfigurationError: there is no such file, or a line is none of a trace.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path}: no trace can be read: {why_unreadable(error)}"
        ) from error
    steps: list[Step] = []
    live: set[int] = set()
    for number, line in enumerate(lines, 1):
        if line.startswith("#") or not line.strip():
            continue
        step = _step(line)
        is_known = step is not None and (step.number in live) != bool(step.n_bytes)
        if step is None or not is_known:
            raise ConfigurationError(f"{path}:{number}: {line!r} is no step of a trace")
        live ^= {step.number}
        steps.append(step)
    return steps


def _step(line: str) -> Step | None:
    match line.split():
        case ["+", number, n_bytes] if number.isdecimal() and n_bytes.isdecimal():
            return Step(int(number), int(n_bytes)) if int(n_bytes) else None
        case ["-", number] if number.isdecimal():
            return Step(int(number), 0)
    return None
