"""What a sampler sees at one moment."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

Stack = tuple[int, ...]
"""numbers of functions in a `CodeBook`, the outermost first"""


@dataclass(frozen=True, slots=True)
class ThreadSeen:
    """One thread."""

    ident: int
    """Python's number of it"""
    name: str
    stack: Stack
    """what it is in"""
    cpu_s: float | None
    """processor time since the last glance, seconds; None where that cannot be read"""
    is_steady: bool
    """whether it is at the same instruction of the same call as at the last glance"""
    line: int = 0
    """line of the innermost function"""


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """One task of an event loop that does not run at this moment."""

    name: str
    """its coroutine function"""
    stack: Stack
    """the coroutines that wait for each other, the outermost first"""
    awaited: str
    """what the innermost waits for"""


@dataclass(frozen=True, slots=True)
class Glance:
    """Everything at one moment."""

    at_s: float
    """the clock, seconds"""
    elapsed_s: float
    """time since the last glance"""
    threads: Sequence[ThreadSeen]
    unseen_cpu_s: float = 0.0
    """processor time of the process since then that none of these threads, nor the sampler, took:
    native threads, and threads that began and ended in between"""
    running: Mapping[int, asyncio.Task[Any] | None] = field(default_factory=dict)
    """the task that runs, by the identity of its loop"""
    tasks: Sequence[TaskSeen] | None = None
    """tasks that wait; None when nobody looked"""


class CodeBook:
    """Gives functions short numbers; a function is met again by the identity of its code."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self.codes: list[tuple[CodeType, str]] = []
        """code and module of each number; kept, so that an identity is never given again"""

    def number(self, code: CodeType, module: str) -> int:
        """Return the number of a function."""
        found = self._numbers.get(id(code))
        if found is None:
            found = self._numbers[id(code)] = len(self.codes)
            self.codes.append((code, module))
        return found
