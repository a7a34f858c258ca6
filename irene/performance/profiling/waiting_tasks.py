"""What the tasks of an event loop wait for, looked at from another thread."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import CodeType
from typing import Any

from irene.performance.profiling.glances import CodeBook, Stack, TaskSeen

_DEEPEST = 64
"""coroutines within each other that are followed"""


def waiting_tasks(loop: asyncio.AbstractEventLoop, book: CodeBook) -> list[TaskSeen]:
    """Return every task of a loop that waits; none when the loop changes them at this moment."""
    try:
        running, tasks = asyncio.current_task(loop), asyncio.all_tasks(loop)
    except RuntimeError:
        return []
    return [seen for task in tasks if task is not running and (seen := _seen(task, book))]


def _seen(task: asyncio.Task[Any], book: CodeBook) -> TaskSeen | None:
    stack = waiting_stack(task, book)
    if not stack or task.done():
        return None
    return TaskSeen(_name(task), stack, _awaited(task))


def waiting_stack(task: asyncio.Task[Any], book: CodeBook) -> Stack:
    """Return the coroutines of a task that wait for each other, the outermost first."""
    return tuple(book.number(code, module) for code, module in _awaiting(task.get_coro()))


def _awaiting(coroutine: Any) -> Iterator[tuple[CodeType, str]]:
    for _ in range(_DEEPEST):
        code, frame, following = _parts(coroutine)
        if code is None:
            return
        yield code, "" if frame is None else str(frame.f_globals.get("__name__", ""))
        coroutine = following


def _parts(coroutine: Any) -> tuple[CodeType | None, Any, Any]:
    """Return code, frame and what is awaited, of a coroutine or of a generator that acts as one."""
    for letters, following in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
        code = getattr(coroutine, f"{letters}_code", None)
        if code is not None:
            return code, getattr(coroutine, f"{letters}_frame"), getattr(coroutine, following)
    return None, None, None


def _name(task: asyncio.Task[Any]) -> str:
    coroutine = task.get_coro()
    return str(getattr(coroutine, "__qualname__", type(coroutine).__name__))


def _awaited(task: asyncio.Task[Any]) -> str:
    waiter = getattr(task, "_fut_waiter", None)
    if isinstance(waiter, asyncio.Task):
        return f"task {_name(waiter)}"
    return "" if waiter is None else "future"
