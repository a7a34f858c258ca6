"""What a profile means: time by component, thread and function, who calls whom, bottlenecks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from irene.performance.profiling.profile import Function, Profile, StackTime, ThreadTime

BOTTLENECK_SHARE = 0.2
"""share of the time above which something is called a bottleneck"""
_WORTH_NAMING = 0.01
"""share of one core below which nothing is: what does next to nothing has no bottleneck"""

Measure = Callable[[StackTime], float]
"""seconds of a stack that count"""


@dataclass(slots=True)
class FunctionTime:
    """One function, wherever it was called."""

    place: int
    """in `Profile.functions`"""
    function: Function
    exclusive_s: float = 0.0
    """time of its own; native code that it called is part of it"""
    inclusive_s: float = 0.0
    """with that of every function that it called"""
    owners: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    """seconds of its own time by component and provider"""
    lines: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """seconds of its own by line, as the clock on the wall goes"""

    @property
    def owner(self) -> tuple[str, str]:
        """Component and provider for which it works most."""
        return max(self.owners, key=lambda one: self.owners[one], default=("", ""))

    @property
    def hottest_line(self) -> int:
        """Line of it that was seen most."""
        line = max(self.lines, key=lambda one: self.lines[one], default="")
        return int(line) if line else self.function.line


@dataclass(frozen=True, slots=True)
class Call:
    """One function that calls another."""

    caller: int
    """place in `Profile.functions`"""
    callee: int
    seconds: float
    """time in the callee, and in what it called, while this caller had called it"""


@dataclass(frozen=True, slots=True)
class OwnerTime:
    """One component, or one provider of it."""

    component: str
    provider: str
    cpu_s: float
    waiting_s: float
    """in stacks that wait; summed over its threads"""
    held_up_s: float
    """in stacks that work, less their processor time: another thread had the interpreter's lock,
    or another program the processor"""
    threads: tuple[str, ...]
    """names of the threads in which it worked, the busiest first"""


class Analysis:
    """The figures of one profile; `measure` says what counts as time."""

    def __init__(self, profile: Profile, measure: Measure | None = None) -> None:
        """Count processor time unless told otherwise."""
        self.profile = profile
        self._measure = measure or by_cpu
        self._functions: dict[int, FunctionTime] = {}
        self._calls: dict[tuple[int, int], float] = defaultdict(float)
        self.total_s = sum(map(self._measure, _stacks(profile)))
        """time of all stacks"""
        if measure is None:
            self.total_s += profile.sampling.unseen_cpu_s
        for stack in _stacks(profile):
            self._add(stack, self._measure(stack))

    def functions(self) -> list[FunctionTime]:
        """Return every function, those with the most time of their own first."""
        return sorted(
            self._functions.values(), key=lambda one: (-one.exclusive_s, -one.inclusive_s)
        )

    def calls(self) -> list[Call]:
        """Return the call graph, the dearest calls first."""
        found = [Call(*pair, seconds) for pair, seconds in self._calls.items() if seconds > 0]
        return sorted(found, key=lambda one: -one.seconds)

    def callers(self, place: int) -> list[Call]:
        """Return the calls of a function by others, the one that took longest first."""
        return [one for one in self.calls() if one.callee == place]

    def callees(self, place: int) -> list[Call]:
        """Return the calls that a function made, the one that took longest first."""
        return [one for one in self.calls() if one.caller == place]

    def owners(self) -> list[OwnerTime]:
        """Return every component and provider, the busiest first."""
        groups: dict[tuple[str, str], list[tuple[str, StackTime]]] = defaultdict(list)
        for thread in self.profile.threads:
            for stack in thread.stacks:
                groups[stack.component, stack.provider].append((thread.name, stack))
        found = [_owner(*owner, seen) for owner, seen in groups.items()]
        return sorted(found, key=lambda one: (-one.cpu_s, -one.waiting_s))

    def share(self, seconds: float) -> float:
        """Return a part of the whole, 0 to 1."""
        return seconds / self.total_s if self.total_s > 0 else 0.0

    def bottlenecks(self) -> list[FunctionTime]:
        """Return the functions whose own time is above a fifth of the whole, the worst first."""
        return [one for one in self.functions() if self.is_bottleneck(one.exclusive_s)]

    def is_bottleneck(self, seconds: float) -> bool:
        """Whether a part of the time is above a fifth of it, and worth naming."""
        return seconds > max(BOTTLENECK_SHARE * self.total_s, _WORTH_NAMING * self.profile.seconds)

    def owned_caller(self, place: int) -> Function | None:
        """Return the nearest function that belongs to a component and has called this one."""
        seen = {place}
        while True:
            calls = [one for one in self.callers(place) if one.caller not in seen]
            if not calls:
                return None
            place = calls[0].caller
            seen.add(place)
            if self.profile.functions[place].component:
                return self.profile.functions[place]

    def _add(self, stack: StackTime, seconds: float) -> None:
        for place in dict.fromkeys(stack.functions):
            self._time(place).inclusive_s += seconds
        innermost = self._time(stack.functions[-1])
        innermost.exclusive_s += seconds
        innermost.owners[stack.component, stack.provider] += seconds
        for line, wall_s in stack.lines.items():
            if line != "0":  # a coroutine that waits does not tell its line
                innermost.lines[line] += wall_s
        pairs = zip(stack.functions, stack.functions[1:], strict=False)
        for pair in dict.fromkeys(pairs):
            self._calls[pair] += seconds

    def _time(self, place: int) -> FunctionTime:
        found = self._functions.get(place)
        if found is None:
            found = FunctionTime(place, self.profile.functions[place])
            self._functions[place] = found
        return found


def by_cpu(stack: StackTime) -> float:
    """Return the processor time of a stack, seconds."""
    return stack.cpu_s


def by_wall(stack: StackTime) -> float:
    """Return how long a stack was there, waiting or not, seconds."""
    return stack.wall_s


def of_component(profile: Profile, component: str) -> Profile:
    """Return what belongs to one component, and says so; what no stack took belongs to none."""
    threads = tuple(filter(None, (_part(one, component) for one in profile.threads)))
    sampling = replace(profile.sampling, unseen_cpu_s=0.0)
    subject = replace(profile.subject, name=f"{profile.subject.name}, only {component}")
    return replace(profile, subject=subject, threads=threads, sampling=sampling)


def _part(thread: ThreadTime, component: str) -> ThreadTime | None:
    kept = [at for at, one in enumerate(thread.stacks) if one.component == component]
    if not kept:
        return None
    places = {old: new for new, old in enumerate(kept)}
    order = tuple((places[at], wall_s) for at, wall_s in thread.order if at in places)
    return replace(thread, stacks=tuple(thread.stacks[at] for at in kept), order=order)


def _stacks(profile: Profile) -> Iterator[StackTime]:
    for thread in profile.threads:
        yield from thread.stacks


def _owner(component: str, provider: str, seen: Sequence[tuple[str, StackTime]]) -> OwnerTime:
    by_thread: dict[str, float] = defaultdict(float)
    for name, stack in seen:
        by_thread[name] += stack.cpu_s
    works = [stack for _, stack in seen if not stack.waits]
    names = [name for name in by_thread if by_thread[name] > 0]
    return OwnerTime(
        component,
        provider,
        sum(stack.cpu_s for _, stack in seen),
        sum(max(0.0, stack.wall_s - stack.cpu_s) for _, stack in seen if stack.waits),
        sum(max(0.0, stack.wall_s - stack.cpu_s) for stack in works),
        tuple(sorted(names, key=lambda name: -by_thread[name])),
    )
