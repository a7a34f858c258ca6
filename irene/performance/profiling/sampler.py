"""Looking at every thread of the process, again and again, from a thread of its own.

Why not one of the profilers that there are: pyinstrument follows the one thread that started it
(its issue 352), and an assistant is a dozen of threads; py-spy attaches from another process, which
many systems forbid, and knows no tasks; yappi and cProfile hook every call, which costs a live
assistant its deadlines, and only one cProfile may be at work in a process since Python 3.12
(CPython's issue 124656). What is needed of them, `sys._current_frames`, is in Python.

What it costs is measured (`python -m irene.studies.overhead.profiling`) and told with each
profile. Its bias: a sample has to wait until native code, or another thread, lets go of the
interpreter's lock, up to 5 ms for plain Python (`sys.getswitchinterval`). So a sample does not
count as one of so many, but as the time that passed since the one before, as pyinstrument counts;
and processor time is read from the system's clock of each thread, which no such delay changes.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

from irene.components.threads import start_daemon
from irene.performance.profiling.cpu_clocks import HAS_CPU_CLOCKS, clock_of, read_clock
from irene.performance.profiling.glances import CodeBook, Glance, Stack, TaskSeen, ThreadSeen
from irene.performance.profiling.waiting_tasks import waiting_tasks

TASKS_EVERY_S = 0.02
"""how often tasks that wait are looked at, at most: that is dearer, and changes less often"""
_DEEPEST = 256
"""innermost functions of a stack that are kept"""
_NEVER = float("-inf")
_UNDISTURBED_S = 0.05
"""longest time, seconds, that other threads wait for a look at all stacks; it takes some 0.1 ms"""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Have no other thread run while the stacks of all are looked at, nor the garbage collector.

    A collection in the midst of `sys._current_frames` would stop all of Python for ever: the list
    of threads is locked meanwhile, and a thread that ends waits for it (CPython's issue 106883,
    mended in 3.11.9 and 3.12.3). And where a thread goes on while its stack is walked, CPython 3.11
    may crash in `f_back` (reported of 3.11.5 in its issue 99110; seen with 3.11.7). Who has the
    interpreter's lock is left alone for the switch interval, which on a busy machine passes in the
    midst of a walk: so it is longer for that moment.
    """
    collects, interval_s = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(_UNDISTURBED_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        if collects:
            gc.enable()


class Listener(Protocol):
    """Takes what is seen; called on the sampler's thread, so it has to be quick."""

    @property
    def interval_s(self) -> float:
        """How often it wants a glance."""
        ...

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop whose running task it wants to know."""
        ...

    @property
    def wants_tasks(self) -> bool:
        """Whether it wants to know what the other tasks of that loop wait for."""
        ...

    def take(self, glance: Glance) -> None:
        """Take a glance."""
        ...


@dataclass(slots=True)
class Effort:
    """What looking took."""

    samples: int = 0
    cpu_s: float = 0.0
    """processor time of the sampler's thread"""
    longest_gap_s: float = 0.0
    """longest time between two samples"""


@dataclass(slots=True)
class _Known:
    """A thread, as it was seen last."""

    name: str
    clock: int | None
    cpu_s: float | None
    frame: int = 0
    instruction: int = -1
    stack: Stack = ()
    line: int = 0


class Sampler:
    """Looks as often as the most eager of its listeners wants, and not at all without any.

    After `remove` has returned, a listener is not called any more. Frames are never kept from one
    glance to the next: what a function works with is freed when it would be.
    """

    def __init__(self) -> None:
        self.book = CodeBook()
        """numbers of the functions"""
        self.effort = Effort()
        """what looking took so far"""
        self._listeners: list[Listener] = []
        self._known: dict[int, _Known] = {}
        self._changed = threading.Condition()
        self._is_over = False
        self._thread: Future[None] | None = None
        self._at_s, self._process_s, self._own_s = _NEVER, 0.0, 0.0
        self._tasks_s = _NEVER

    def add(self, listener: Listener) -> None:
        """Look for this one, too, from now on."""
        with self._changed:
            if not self._listeners:
                self._begin_anew()
            self._listeners.append(listener)
            if self._thread is None or self._thread.done():
                self._is_over = False
                self._thread = start_daemon("profiler", self._work)
            self._changed.notify()

    def remove(self, listener: Listener) -> None:
        """Look no more for this one."""
        with self._changed:
            self._listeners = [one for one in self._listeners if one is not listener]

    def end(self) -> None:
        """Have the thread end; does not wait for it."""
        with self._changed:
            self._is_over = True
            self._listeners = []
            self._changed.notify()

    def close(self) -> None:
        """End the thread."""
        self.end()
        if self._thread is not None:
            self._thread.result()

    def look(self) -> None:
        """Look once now, for whoever listens."""
        with self._changed:
            self._look()

    def _begin_anew(self) -> None:
        with undisturbed():
            idents = list(sys._current_frames())
        self._known = {one: _introduced(one) for one in idents}
        self._at_s, self._process_s = time.perf_counter(), time.process_time()
        self._own_s = self.effort.cpu_s

    def _work(self) -> None:
        began_s = time.thread_time()
        before_s = self.effort.cpu_s
        with self._changed:
            while not self._is_over:
                if self._listeners:
                    self._changed.wait(min(one.interval_s for one in self._listeners))
                    self._look()
                else:
                    self._changed.wait()
                self.effort.cpu_s = before_s + time.thread_time() - began_s

    def _look(self) -> None:
        """Look once; the lock is held."""
        if not self._listeners:
            return
        now_s = time.perf_counter()
        elapsed_s, self._at_s = now_s - self._at_s, now_s
        threads = self._threads()
        loops = {id(one.loop): one.loop for one in self._listeners if one.loop is not None}
        glance = Glance(
            now_s,
            elapsed_s,
            threads,
            self._unseen_s(threads),
            {key: _running(loop) for key, loop in loops.items()},
            self._tasks(now_s),
        )
        self.effort.samples += 1
        self.effort.longest_gap_s = max(self.effort.longest_gap_s, elapsed_s)
        for listener in self._listeners:
            listener.take(glance)

    def _threads(self) -> list[ThreadSeen]:
        with undisturbed():
            frames = sys._current_frames()
            frames.pop(threading.get_ident(), None)
            seen = [self._seen(ident, frame) for ident, frame in frames.items()]
        if len(self._known) > len(frames):
            self._known = {ident: one for ident, one in self._known.items() if ident in frames}
        return seen

    def _seen(self, ident: int, frame: FrameType) -> ThreadSeen:
        known, cpu_s = self._clocked(ident)
        is_steady = known.frame == id(frame) and known.instruction == frame.f_lasti
        if not (is_steady and cpu_s == 0.0):
            stack = self._stack(frame)
            is_steady = is_steady and stack == known.stack
            known.frame, known.instruction, known.stack = id(frame), frame.f_lasti, stack
            known.line = frame.f_lineno or 0
        return ThreadSeen(ident, known.name, known.stack, cpu_s, is_steady, known.line)

    def _clocked(self, ident: int) -> tuple[_Known, float | None]:
        """Return a thread, and the processor time it took since it was seen last."""
        known = self._known.get(ident)
        now_s = read_clock(known.clock) if known else None
        if known is None or (now_s is None and known.clock is not None):
            known = self._known[ident] = _introduced(ident)
            return known, known.cpu_s
        before_s, known.cpu_s = known.cpu_s, now_s
        took_s = None if now_s is None else max(0.0, now_s - (before_s or 0.0))
        return known, took_s

    def _stack(self, frame: FrameType | None) -> Stack:
        number = self.book.number
        found: list[int] = []
        while frame is not None and len(found) < _DEEPEST:
            found.append(number(frame.f_code, frame.f_globals.get("__name__", "")))
            frame = frame.f_back
        found.reverse()
        return tuple(found)

    def _unseen_s(self, threads: Sequence[ThreadSeen]) -> float:
        process_s, own_s = time.process_time(), self.effort.cpu_s
        took_s, own_took_s = process_s - self._process_s, own_s - self._own_s
        self._process_s, self._own_s = process_s, own_s
        if not HAS_CPU_CLOCKS:
            return 0.0
        return max(0.0, took_s - own_took_s - sum(one.cpu_s or 0.0 for one in threads))

    def _tasks(self, now_s: float) -> list[TaskSeen] | None:
        loops = {id(one.loop): one.loop for one in self._listeners if one.wants_tasks and one.loop}
        if not loops or now_s - self._tasks_s < TASKS_EVERY_S:
            return None
        self._tasks_s = now_s
        return [seen for loop in loops.values() for seen in waiting_tasks(loop, self.book)]


def _running(loop: asyncio.AbstractEventLoop) -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task(loop)
    except RuntimeError:
        return None


def _introduced(ident: int) -> _Known:
    """Return a thread that was not seen before."""
    thread = _threads_by_ident().get(ident)
    if thread is None:
        return _Known(f"native-{ident:x}", None, None)
    clock = clock_of(thread.native_id)
    cpu_s = read_clock(clock)
    return _Known(thread.name, clock, cpu_s)


def _threads_by_ident() -> Mapping[int, threading.Thread]:
    return {one.ident: one for one in threading.enumerate() if one.ident is not None}
