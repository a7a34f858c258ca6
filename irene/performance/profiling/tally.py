"""Adding up what was seen: how long each thread was in each stack, and what it took there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from irene.performance.profiling.cpu_clocks import HAS_CPU_CLOCKS
from irene.performance.profiling.glances import CodeBook, Glance, Stack, ThreadSeen

MOST_STACKS = 50_000
"""different stacks of a thread that are told apart; further ones are counted as one"""
MOST_STRETCHES = 100_000
"""stretches of time for which the order is kept, of each thread"""
_OTHERS: Stack = ()
_WAITS = ("threading", "selectors", "queue", "subprocess", "socket", "ssl", "select")
"""modules of Python whose functions wait: innermost in a stack, they are taken for waiting"""
_CALL_NO_ENGINE = ("irene", "asyncio", "concurrent", "time")
"""packages whose functions start no native threads"""
_IDLE_SHARE = 0.1
"""share of the time below which a stack that stays where it is waits, by the thread's clock"""


@dataclass(slots=True)
class Cell:
    """One stack of one thread; all in seconds."""

    wall_s: float = 0.0
    steady_wall_s: float = 0.0
    """of intervals at whose ends the thread was at the very same instruction"""
    steady_cpu_s: float = 0.0
    """processor time of those"""
    loose_cpu_s: float = 0.0
    """processor time of all other intervals"""
    native_cpu_s: float = 0.0
    """processor time of native threads that it is taken to have waited for"""
    samples: int = 0
    lines: dict[int, float] = field(default_factory=dict)
    """seconds by line of the innermost function"""


@dataclass(slots=True)
class ThreadTally:
    """One thread."""

    name: str
    cells: dict[Stack, Cell] = field(default_factory=dict)
    stretches: list[tuple[Stack, float]] = field(default_factory=list)
    """stacks in their order, each with its seconds"""
    is_whole: bool = True
    """whether the order of all of them is kept"""

    def add(self, seen: ThreadSeen, elapsed_s: float, share: float) -> None:
        """Count an interval; `share` of it belongs here."""
        stack = seen.stack
        cell = self.cells.get(stack)
        if cell is None:
            if len(self.cells) >= MOST_STACKS:
                stack = _OTHERS
            cell = self.cells.setdefault(stack, Cell())
        cell.wall_s += elapsed_s
        cell.samples += 1
        cell.lines[seen.line] = cell.lines.get(seen.line, 0.0) + elapsed_s
        if seen.is_steady and seen.cpu_s is not None:
            cell.steady_wall_s += elapsed_s
            cell.steady_cpu_s += seen.cpu_s * share
        else:
            cell.loose_cpu_s += (seen.cpu_s or 0.0) * share
        self._note_order(stack, elapsed_s)

    def _note_order(self, stack: Stack, elapsed_s: float) -> None:
        last = self.stretches[-1] if self.stretches else None
        if last is not None and last[0] == stack:
            self.stretches[-1] = (stack, last[1] + elapsed_s)
        elif len(self.stretches) < MOST_STRETCHES:
            self.stretches.append((stack, elapsed_s))
        else:
            self.is_whole = False


@dataclass(slots=True)
class TaskTally:
    """One way in which tasks of one coroutine function wait."""

    wall_s: float = 0.0
    """summed over all such tasks"""
    samples: int = 0


class Tally:
    """Adds glances up, of all threads or of those that a `choose` leaves."""

    def __init__(
        self,
        book: CodeBook,
        began_s: float,
        choose: Callable[[Glance], Iterator[ThreadSeen]] | None = None,
    ) -> None:
        self.threads: dict[tuple[int, str], ThreadTally] = {}
        """by number and name: numbers are given again"""
        self.tasks: dict[tuple[str, Stack, str], TaskTally] = {}
        """by coroutine function, stack and what is waited for"""
        self.unseen_cpu_s = 0.0
        """processor time that belongs to no stack"""
        self.samples = 0
        self.longest_gap_s = 0.0
        self._book = book
        self._at_s = self._tasks_at_s = began_s
        self._choose = choose or (lambda glance: iter(glance.threads))

    def take(self, glance: Glance) -> None:
        """Add a glance."""
        elapsed_s = glance.at_s - self._at_s
        self._at_s = glance.at_s
        share = min(1.0, elapsed_s / glance.elapsed_s) if glance.elapsed_s > 0 else 0.0
        self.samples += 1
        self.longest_gap_s = max(self.longest_gap_s, elapsed_s)
        for seen in self._choose(glance):
            key = (seen.ident, seen.name)
            thread = self.threads.get(key)
            if thread is None:
                thread = self.threads[key] = ThreadTally(seen.name)
            thread.add(seen, elapsed_s, share)
        self._add_native(glance, glance.unseen_cpu_s * share)
        self._add_tasks(glance)

    def _add_native(self, glance: Glance, unseen_s: float) -> None:
        """Give the work of native threads to the calls that may have waited for it."""
        callers = [one for one in glance.threads if one.is_steady and self._may_call(one)]
        for seen in callers if unseen_s > 0 else ():
            thread = self.threads.get((seen.ident, seen.name))
            cell = thread.cells.get(seen.stack) if thread is not None else None
            if cell is not None:
                cell.native_cpu_s += unseen_s / len(callers)
        if not callers:
            self.unseen_cpu_s += unseen_s

    def _may_call(self, seen: ThreadSeen) -> bool:
        """Whether it may be inside of an engine: irene's own functions call none."""
        if not seen.stack or waits_by_name(self._book, seen.stack):
            return False
        return self._book.codes[seen.stack[-1]][1].split(".")[0] not in _CALL_NO_ENGINE

    def _add_tasks(self, glance: Glance) -> None:
        if glance.tasks is None:
            return
        elapsed_s, self._tasks_at_s = glance.at_s - self._tasks_at_s, glance.at_s
        for seen in glance.tasks:
            tally = self.tasks.setdefault((seen.name, seen.stack, seen.awaited), TaskTally())
            tally.wall_s += elapsed_s
            tally.samples += 1


def waits_by_name(book: CodeBook, stack: Stack) -> bool:
    """Whether the innermost function is one of Python's own that wait."""
    return bool(stack) and book.codes[stack[-1]][1].split(".")[0] in _WAITS


def waits(book: CodeBook, stack: Stack, cell: Cell) -> bool:
    """Whether a stack waits, rather than works: by the thread's clock, else by its function."""
    if cell.steady_wall_s >= cell.wall_s / 2 and cell.steady_wall_s > 0:
        return cell.steady_cpu_s < _IDLE_SHARE * cell.steady_wall_s
    return waits_by_name(book, stack)


def cpu_by_stack(book: CodeBook, thread: ThreadTally) -> dict[Stack, float]:
    """Return the processor time of each stack of a thread, seconds; their sum is exact.

    Work that is shorter than the time between two samples is often over when the next one finds
    the thread waiting again: what was taken until a stack that waits is shared out among the
    stacks in which the thread was found at work, by how long.
    """
    cells = thread.cells
    if not HAS_CPU_CLOCKS:
        return {
            stack: 0.0 if waits_by_name(book, stack) else cell.wall_s
            for stack, cell in cells.items()
        }
    idle = {stack for stack, cell in cells.items() if waits(book, stack, cell)}
    working_s = sum(cell.wall_s for stack, cell in cells.items() if stack not in idle)
    if not working_s:
        idle.clear()
    pool_s = sum(cells[stack].loose_cpu_s + cells[stack].steady_cpu_s for stack in idle)
    found = {}
    for stack, cell in cells.items():
        found[stack] = cell.native_cpu_s
        if stack not in idle:
            share = cell.wall_s / working_s if working_s else 0.0
            found[stack] += cell.steady_cpu_s + cell.loose_cpu_s + pool_s * share
    return found
