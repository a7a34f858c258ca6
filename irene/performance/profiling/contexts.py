"""Profiling blocks of code in a running program: who does it, and the `with` statement."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import deque
from concurrent.futures import Future
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from irene.components.threads import start_daemon
from irene.config.sections.performance import PerformanceSection
from irene.errors import IreneError
from irene.performance.profiling.allocations import AllocationWatch
from irene.performance.profiling.blocks import Block, EndedBlock, current_task
from irene.performance.profiling.kept_profiles import keep
from irene.performance.profiling.ownership import Ownership
from irene.performance.profiling.profile import Level, Subject
from irene.performance.profiling.results import ProfileResult
from irene.performance.profiling.sampler import Sampler
from irene.performance.profiling.tracing import Tracing
from irene.performance.store.place import store_in
from irene.performance.store.retention import Retention
from irene.performance.watching.performance_monitor import ComponentType

_RETENTION = Retention.of(PerformanceSection())
_ALLOCATION_FRAMES = 2

_Key = tuple[int, "asyncio.Task[Any] | None"]


class ProfilerManager:
    """Profiles blocks of code, and keeps what came of the latest; for any thread and task.

    ::

        profiler = ProfilerManager("data")
        with ProfilerContext(profiler, ComponentType.LLM, "generate"):
            ...
        print(profiler.get_profile_results()[0].top_functions[:5])

    One thread looks for all blocks that are entered, and sleeps while none is. A block is told of
    its own thread or task only, so that any number may be entered at once and within each other.
    """

    def __init__(
        self,
        data_dir: str | Path | None = None,
        *,
        level: Level | str = Level.DETAILED,
        max_results: int = 1000,
    ) -> None:
        """Get ready.

        Args:
            data_dir: folder in which every profile is kept, as `irene profile` keeps its own;
                None keeps none.
            level: how often it is looked; `basic`, `detailed` or `comprehensive`.
            max_results: results that are remembered; the oldest go.

        Raises:
            ValueError: there is no such level.
        """
        self.level = Level(level)
        """how often it is looked"""
        self.trouble: str = ""
        """why profiles could not be kept, in one line; empty while they could"""
        self._path = None if data_dir is None else store_in(data_dir)
        self._sampler = Sampler()
        self._tracing = Tracing()
        self._ownership = Ownership()
        self._ended: deque[_Entry] = deque(maxlen=max_results)
        self._waiting: deque[_Entry] = deque()
        self._lock = threading.Lock()
        self._keeping: Future[None] | None = None

    def profile(
        self, component: ComponentType | str, operation: str = "", *, enable_memory: bool = False
    ) -> ProfilerContext:
        """Return what profiles a `with` block."""
        return ProfilerContext(self, component, operation, enable_memory=enable_memory)

    def get_profile_results(
        self, component: ComponentType | str | None = None, operation: str | None = None
    ) -> list[ProfileResult]:
        """Return what came of the blocks that have ended, the oldest first.

        Args:
            component: only those of this one.
            operation: only those that are called so.
        """
        wanted = None if component is None else _component(component)
        with self._lock:
            ended = list(self._ended)
        results = [one.result(self._ownership) for one in ended]
        return [
            one
            for one in results
            if wanted in (None, one.component) and operation in (None, one.operation)
        ]

    def clear(self) -> None:
        """Forget the results; what is kept in a file stays there."""
        with self._lock:
            self._ended.clear()

    def close(self) -> None:
        """Finish the file, and end the thread; blocks. A block that is entered begins it anew."""
        with self._lock:
            keeping = self._keeping
        if keeping is not None:
            keeping.result()
        self._sampler.close()

    def begin(self, subject: Subject, frame: FrameType, enable_memory: bool) -> Block:
        """Begin to look for a block in the function of this frame."""
        block = Block(subject, self.level, self._sampler, frame)
        if enable_memory or self.level.has_memory:
            block.allocations = AllocationWatch(
                self._ownership,
                "block",
                n_frames=_ALLOCATION_FRAMES,
                collects=False,
                tracing=self._tracing,
            )
        block.begin()
        return block

    def end(self, block: Block, failed: bool) -> _Entry:
        """End a block, and remember it."""
        entry = _Entry(block.end(failed))
        with self._lock:
            self._ended.append(entry)
            if self._path is not None:
                self._waiting.append(entry)
                if self._keeping is None or self._keeping.done():
                    self._keeping = start_daemon("profiles", self._keep)
        return entry

    def result(self, entry: _Entry) -> ProfileResult:
        """Return what came of a block."""
        return entry.result(self._ownership)

    def _keep(self) -> None:
        """Write what waits, until nothing does."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._keeping = None
                    return
                entry = self._waiting.popleft()
            assert self._path is not None, "something waits for a file"
            try:
                keep(entry.result(self._ownership).profile, self._path, _RETENTION)
            except IreneError as error:
                self.trouble = str(error)


class _Entry:
    """A block that has ended; its result is made once, when somebody asks first."""

    def __init__(self, ended: EndedBlock) -> None:
        self._ended: EndedBlock | None = ended
        self._result: ProfileResult | None = None
        self._lock = threading.Lock()

    def result(self, ownership: Ownership) -> ProfileResult:
        with self._lock:
            if self._result is None:
                assert self._ended is not None, "it goes only when there is a result"
                self._result, self._ended = self._ended.result(ownership), None
            return self._result


class ProfilerContext:
    """Profiles what is inside of a `with` or `async with` block; an object may be used again.

    It may be entered in several threads and tasks at the same time, and within itself; each time
    is a result of its own. A block that raises has a result, too, which says that it failed.
    """

    def __init__(
        self,
        profiler: ProfilerManager,
        component: ComponentType | str,
        operation: str = "",
        *,
        enable_memory: bool = False,
    ) -> None:
        """Get ready; costs nothing until it is entered.

        Args:
            profiler: remembers the results.
            component: what the block belongs to.
            operation: what it does.
            enable_memory: trace allocations, which slows the block down.
        """
        self._profiler = profiler
        self._subject = Subject("block", operation, component=_component(component))
        self._enable_memory = enable_memory
        self._entered: dict[_Key, list[Block]] = {}
        self._lock = threading.Lock()
        self._last: _Entry | None = None

    @property
    def result(self) -> ProfileResult | None:
        """What came of the block that ended last; None before."""
        return None if self._last is None else self._profiler.result(self._last)

    def __enter__(self) -> ProfilerContext:
        self._enter(sys._getframe(1))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave(kind is not None)

    async def __aenter__(self) -> ProfilerContext:
        self._enter(sys._getframe(1))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave(kind is not None)

    def _enter(self, frame: FrameType) -> None:
        block = self._profiler.begin(self._subject, frame, self._enable_memory)
        with self._lock:
            self._entered.setdefault(block.place, []).append(block)

    def _leave(self, failed: bool) -> None:
        self._last = self._profiler.end(self._taken(), failed)

    def _taken(self) -> Block:
        """Return the block that was entered last here; elsewhere if it goes over to another task.

        Raises:
            RuntimeError: none was entered.
        """
        with self._lock:
            here = _here()
            place = here if here in self._entered else next(reversed(self._entered), None)
            if place is None:
                raise RuntimeError("a block is left that was not entered")
            blocks = self._entered[place]
            block = blocks.pop()
            if not blocks:
                del self._entered[place]
            return block


def _here() -> _Key:
    return threading.get_ident(), current_task()


def _component(component: ComponentType | str) -> str:
    """Return the name of a component, whatever it is called; any other word as it is."""
    try:
        return str(ComponentType(component))
    except (ValueError, IreneError):
        return str(component)
