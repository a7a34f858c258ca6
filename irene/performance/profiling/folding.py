"""From what was added up while it was looked to a profile."""

from __future__ import annotations

from collections.abc import Sequence
from types import CodeType

from irene.performance.profiling.glances import CodeBook, Stack
from irene.performance.profiling.ownership import Ownership, owner_of
from irene.performance.profiling.profile import Function, StackTime, TaskTime, ThreadTime
from irene.performance.profiling.tally import Tally, ThreadTally, cpu_by_stack, waits
from irene.performance.view.components import PIPELINE

_OWN = "irene.performance.profiling."
"""where the task that profiles is"""
_NO_FUNCTION = Function("(more stacks than are told apart)", "", "", 0)


class Folding:
    """Gives the functions that were seen their places, as far as they are used."""

    def __init__(self, book: CodeBook, ownership: Ownership, otherwise: str = PIPELINE) -> None:
        """Say that what tells no component belongs to `otherwise`."""
        self._otherwise = otherwise
        self._book = book
        self._ownership = ownership
        self._places: dict[int, int] = {}
        self._functions: list[Function] = []

    @property
    def functions(self) -> tuple[Function, ...]:
        """Functions of everything that was folded so far."""
        return tuple(self._functions)

    def threads(self, tally: Tally) -> tuple[ThreadTime, ...]:
        """Return the threads, the busiest first."""
        found = [self._thread(one) for one in tally.threads.values()]
        return tuple(sorted(_joined(found), key=lambda one: (-one.cpu_s, -one.wall_s)))

    def tasks(self, tally: Tally) -> tuple[TaskTime, ...]:
        """Return how tasks waited, the longest first."""
        found = [
            TaskTime(name, self._placed(stack), awaited, one.wall_s)
            for (name, stack, awaited), one in tally.tasks.items()
            if not self._is_own(stack)
        ]
        return tuple(sorted(found, key=lambda one: -one.wall_s))

    def _is_own(self, stack: Stack) -> bool:
        """Whether it is the task that waits for the end of the profile."""
        return any(self._book.codes[number][1].startswith(_OWN) for number in stack[:2])

    def _thread(self, tally: ThreadTally) -> ThreadTime:
        cpu_s = cpu_by_stack(self._book, tally)
        places = {stack: place for place, stack in enumerate(tally.cells)}
        stacks = tuple(self._stack(tally, stack, cpu_s[stack]) for stack in tally.cells)
        order = tuple((places[stack], wall_s) for stack, wall_s in tally.stretches)
        return ThreadTime(tally.name, stacks, order, tally.is_whole)

    def _stack(self, tally: ThreadTally, stack: Stack, cpu_s: float) -> StackTime:
        cell = tally.cells[stack]
        placed = self._placed(stack)
        inwards = [self._functions[place] for place in reversed(placed)]
        component, provider = owner_of(inwards, tally.name, self._otherwise)
        return StackTime(
            placed,
            cell.wall_s,
            cpu_s,
            cell.samples,
            component,
            provider,
            waits(self._book, stack, cell),
            {str(line): wall_s for line, wall_s in cell.lines.items()},
        )

    def _placed(self, stack: Stack) -> tuple[int, ...]:
        return tuple(self.place(number) for number in stack) or (self.place(-1),)

    def place(self, number: int) -> int:
        """Return the place of a function by its number in the book."""
        found = self._places.get(number)
        if found is None:
            found = self._places[number] = len(self._functions)
            known = _NO_FUNCTION if number < 0 else self._function(*self._book.codes[number])
            self._functions.append(known)
        return found

    def _function(self, code: CodeType, module: str) -> Function:
        name = getattr(code, "co_qualname", code.co_name)
        component, provider = self._ownership.of_module(module)
        return Function(name, module, code.co_filename, code.co_firstlineno, component, provider)


def _joined(threads: Sequence[ThreadTime]) -> list[ThreadTime]:
    """Return threads of one name, which come and go, as one."""
    by_name: dict[str, list[ThreadTime]] = {}
    for thread in threads:
        by_name.setdefault(thread.name, []).append(thread)
    return [_one_of(name, of_name) for name, of_name in by_name.items()]


def _one_of(name: str, threads: Sequence[ThreadTime]) -> ThreadTime:
    if len(threads) == 1:
        return threads[0]
    stacks: dict[tuple[int, ...], StackTime] = {}
    for thread in threads:
        for stack in thread.stacks:
            known = stacks.get(stack.functions)
            stacks[stack.functions] = stack if known is None else _sum(known, stack)
    places = {functions: place for place, functions in enumerate(stacks)}
    order = tuple(
        (places[thread.stacks[place].functions], wall_s)
        for thread in threads
        for place, wall_s in thread.order
    )
    return ThreadTime(name, tuple(stacks.values()), order, all(one.is_whole for one in threads))


def _sum(one: StackTime, other: StackTime) -> StackTime:
    lines = dict(one.lines)
    for line, wall_s in other.lines.items():
        lines[line] = lines.get(line, 0.0) + wall_s
    return StackTime(
        one.functions,
        one.wall_s + other.wall_s,
        one.cpu_s + other.cpu_s,
        one.samples + other.samples,
        one.component,
        one.provider,
        one.waits and other.waits,
        lines,
    )
