"""Profiling one block of code: what its thread does, or its task, and nobody else."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

from irene.performance.profiling.allocations import AllocationWatch
from irene.performance.profiling.cpu_clocks import HAS_CPU_CLOCKS
from irene.performance.profiling.folding import Folding
from irene.performance.profiling.glances import Glance, Stack, ThreadSeen
from irene.performance.profiling.ownership import Ownership
from irene.performance.profiling.profile import (
    Level,
    Memory,
    Profile,
    Sampling,
    StackTime,
    Subject,
    ThreadTime,
)
from irene.performance.profiling.results import ProfileResult, result_of
from irene.performance.profiling.sampler import Sampler
from irene.performance.profiling.tally import Tally
from irene.performance.profiling.waiting_tasks import waiting_stack


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block runs."""

    frame: int
    """number of the function that the block is in"""
    ident: int
    """its thread"""
    task: asyncio.Task[Any] | None
    """its task; None outside of an event loop"""

    def in_block(self, stack: Stack) -> Stack:
        """Return a stack from the function of the block inwards."""
        return stack[stack.index(self.frame) :] if self.frame in stack else stack


class Block:
    """A block that was entered: takes what belongs to it, from `begin` to `end`.

    Outside of an event loop that is its thread. In a task it is the task: while others run on
    the loop, it waits, in the coroutine in which it does.
    """

    wants_tasks = False

    def __init__(self, subject: Subject, level: Level, sampler: Sampler, frame: FrameType) -> None:
        """Get ready; `frame` is that of the function that the block is in."""
        self.interval_s = level.interval_s
        """time between samples"""
        task = current_task()
        self.loop = None if task is None else task.get_loop()
        """the loop of its task"""
        self.allocations: AllocationWatch | None = None
        """what traces allocations, if somebody does"""
        self._subject = subject
        self._level = level
        self._sampler = sampler
        number = sampler.book.number(frame.f_code, frame.f_globals.get("__name__", ""))
        self._place = Place(number, threading.get_ident(), task)
        self._began = time.time()
        self._effort = sampler.effort.cpu_s
        self._began_s = self._cpu_s = 0.0
        self._tally = Tally(sampler.book, 0.0)

    @property
    def place(self) -> tuple[int, asyncio.Task[Any] | None]:
        """Its thread and its task."""
        return self._place.ident, self._place.task

    def begin(self) -> None:
        """Begin to look; what comes before it is not counted."""
        if self.allocations is not None:
            self.allocations.begin()
            self.allocations.warm_up_is_over(0)
        self._began_s, self._cpu_s = time.perf_counter(), time.thread_time()
        self._tally = Tally(self._sampler.book, self._began_s, self._chosen)
        self._sampler.add(self)

    def take(self, glance: Glance) -> None:
        """Take a glance; the sampler's."""
        self._tally.take(glance)

    def end(self, failed: bool) -> EndedBlock:
        """Look no more; may be called on another thread than `begin`."""
        seconds = time.perf_counter() - self._began_s
        is_own = self._place.task is None and threading.get_ident() == self._place.ident
        cpu_s = time.thread_time() - self._cpu_s if is_own else None
        self._sampler.remove(self)
        memory = None
        if self.allocations is not None:
            self.allocations.lap()
            memory = self.allocations.end()
        own_cpu_s = self._sampler.effort.cpu_s - self._effort
        return EndedBlock(self, seconds, cpu_s, own_cpu_s, memory, failed)

    def folded(self, ended: EndedBlock, ownership: Ownership) -> Profile:
        """Return the profile of the block."""
        folding = Folding(self._sampler.book, ownership, self._subject.component)
        threads = folding.threads(self._tally)
        if not threads:
            threads = (self._unseen(folding, ended),)
        return Profile(
            subject=self._subject.here(),
            level=self._level,
            began=self._began,
            seconds=ended.seconds,
            sampling=Sampling(
                self._tally.samples,
                self.interval_s,
                self._tally.longest_gap_s,
                ended.own_cpu_s,
                HAS_CPU_CLOCKS,
            ),
            functions=folding.functions,
            threads=threads,
            memory=ended.memory,
        )

    def _unseen(self, folding: Folding, ended: EndedBlock) -> ThreadTime:
        """Return a block that was over before anybody looked: it was in its own function."""
        owner = self._subject.component
        place = folding.place(self._place.frame)
        cpu_s = ended.cpu_s or 0.0
        return ThreadTime("", (StackTime((place,), ended.seconds, cpu_s, 0, owner),))

    def _chosen(self, glance: Glance) -> Iterator[ThreadSeen]:
        place, task = self._place, self._place.task
        seen = next((one for one in glance.threads if one.ident == place.ident), None)
        if task is None:
            if seen is not None:
                yield _part(seen, place.in_block(seen.stack))
        elif seen is not None and self._runs(glance, seen):
            yield _part(seen, place.in_block(seen.stack))
        elif not task.done():
            stack = waiting_stack(task, self._sampler.book)
            yield ThreadSeen(place.ident, "", place.in_block(stack), 0.0, is_steady=True)

    def _runs(self, glance: Glance, seen: ThreadSeen) -> bool:
        running = glance.running.get(id(self.loop))
        return running is self._place.task and self._place.frame in seen.stack


@dataclass(frozen=True, slots=True)
class EndedBlock:
    """A block that was left; what it means is found out when somebody asks."""

    block: Block
    seconds: float
    """how long it took"""
    cpu_s: float | None
    """processor time of its thread, seconds; None for a task, which shares its thread"""
    own_cpu_s: float
    """processor time of looking"""
    memory: Memory | None
    failed: bool

    def result(self, ownership: Ownership) -> ProfileResult:
        """Return what is told of it."""
        profile = self.block.folded(self, ownership)
        cpu_s = min(profile.cpu_s, self.seconds) if self.cpu_s is None else self.cpu_s
        return result_of(profile, cpu_s, self.failed)


def _part(seen: ThreadSeen, stack: Stack) -> ThreadSeen:
    return ThreadSeen(seen.ident, "", stack, seen.cpu_s, seen.is_steady, seen.line)


def current_task() -> asyncio.Task[Any] | None:
    """Return the task that this is called in; None outside of an event loop."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
