"""A profile as lines of text, no line longer than asked for."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from irene.performance.profiling.analysis import Analysis, Call, FunctionTime, OwnerTime
from irene.performance.profiling.profile import Memory, Profile, Site, TaskTime, ThreadTime
from irene.performance.profiling.sentences import (
    bottleneck_sentences,
    leak_sentences,
    notes,
    owner_name,
    sampling_sentence,
    short_path,
    where,
)
from irene.performance.view.amounts import amount, clock_time, time_of

WIDTH = 100
"""columns unless somebody asks for another number"""
_MOST_FUNCTIONS = 15
_MOST_CALLED = 3
"""functions whose callers and callees are told"""
_MOST_CALLS = 4
_MOST_TASKS = 8
_MOST_SITES = 8
_MOST_UTTERANCES = 5
_LEAST_SHARE = 0.002
"""share of the time below which a row is left out"""
_GAP = "  "


def profile_lines(profile: Profile, width: int = WIDTH) -> Iterator[str]:
    """Yield the whole profile; what there is nothing to tell of is left out."""
    analysis = Analysis(profile)
    yield from _head(profile, width)
    parts = (
        _listed("bottlenecks, above 20 %", bottleneck_sentences(analysis), width),
        _owners(analysis, width),
        _threads(analysis, width),
        _functions(analysis, width),
        _calls(analysis, width),
        _tasks(profile, width),
        _utterances(profile.utterances, width),
        _memory(profile, width),
        _listed("to be known", notes(profile), width),
    )
    for part in parts:
        lines = list(part)
        if lines:
            yield ""
            yield from lines


def _head(profile: Profile, width: int) -> Iterator[str]:
    subject = profile.subject
    laps = f", heard {profile.laps} times" if profile.laps > 1 else ""
    config = f", configuration {subject.config}" if subject.config else ""
    yield _cut(f"{subject.name} ({subject.kind}{laps}{config})", width)
    yield _cut(
        f"{clock_time(profile.began)}, {time_of(profile.seconds)} at level {profile.level}; "
        f"process {subject.pid}, irene {subject.version}, Python {subject.python}",
        width,
    )
    yield _cut(sampling_sentence(profile), width)
    share = profile.cpu_s / max(profile.seconds, 1e-9)
    places = 0 if share >= 0.1 else 1
    yield f"processor time {time_of(profile.cpu_s)}: {share:.{places}%} of one core"


def _listed(head: str, sentences: Iterable[str], width: int) -> Iterator[str]:
    for number, sentence in enumerate(sentences):
        if not number:
            yield head
        yield from textwrap.wrap(
            sentence, width, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False
        )


def _owners(analysis: Analysis, width: int) -> Iterator[str]:
    rows = [
        _owner_row(analysis, one)
        for one in analysis.owners()
        if analysis.share(one.cpu_s) >= _LEAST_SHARE
    ]
    heads = ("component", "processor", "share", "waits", "held up", "threads")
    yield from _table(heads, rows, "<>>>><", width)


def _owner_row(analysis: Analysis, one: OwnerTime) -> tuple[str, ...]:
    return (
        owner_name(one.component, one.provider),
        time_of(one.cpu_s),
        f"{analysis.share(one.cpu_s):.1%}",
        _time(one.waiting_s),
        _time(one.held_up_s),
        ", ".join(one.threads),
    )


def _threads(analysis: Analysis, width: int) -> Iterator[str]:
    rows = [
        (one.name, time_of(one.cpu_s), f"{analysis.share(one.cpu_s):.1%}", _time(_waits(one)))
        for one in analysis.profile.threads
        if analysis.share(one.cpu_s) >= _LEAST_SHARE
    ]
    yield from _table(("thread", "processor", "share", "waits"), rows, "<>>>", width)


def _waits(thread: ThreadTime) -> float:
    return sum(one.wall_s for one in thread.stacks if one.waits)


def _functions(analysis: Analysis, width: int) -> Iterator[str]:
    worst = [
        one
        for one in analysis.functions()[:_MOST_FUNCTIONS]
        if analysis.share(one.exclusive_s) >= _LEAST_SHARE
    ]
    rows = [_function_row(analysis, one) for one in worst]
    heads = ("function", "own", "share", "in all", "component", "where")
    yield from _table(heads, rows, "<>>><<", width)


def _function_row(analysis: Analysis, one: FunctionTime) -> tuple[str, ...]:
    return (
        _tail(one.function.name, 30),
        _time(one.exclusive_s),
        f"{analysis.share(one.exclusive_s):.1%}",
        _time(one.inclusive_s),
        one.owner[0],
        where(one.function, one.hottest_line, n_parts=2),
    )


def _calls(analysis: Analysis, width: int) -> Iterator[str]:
    worst = [one for one in analysis.functions()[:_MOST_CALLED] if one.exclusive_s > 0]
    if not worst:
        return
    yield "who calls the first of them, and whom they call"
    for one in worst:
        for call in reversed(analysis.callers(one.place)[:_MOST_CALLS]):
            yield _cut(f"  {_called(analysis, call, call.caller)}", width)
        own = f"{time_of(one.inclusive_s)}, {time_of(one.exclusive_s)} of it its own"
        yield _cut(f"    {one.function.name}  {own}", width)
        for call in analysis.callees(one.place)[:_MOST_CALLS]:
            yield _cut(f"      {_called(analysis, call, call.callee)}", width)


def _called(analysis: Analysis, call: Call, place: int) -> str:
    function = analysis.profile.functions[place]
    return f"{time_of(call.seconds):>8}  {function.name}  {where(function)}"


def _tasks(profile: Profile, width: int) -> Iterator[str]:
    rows = [(time_of(one.wall_s), _chain(profile, one)) for one in profile.tasks[:_MOST_TASKS]]
    yield from _table(("waited", "tasks that waited, and in what"), rows, "><", width)


def _chain(profile: Profile, one: TaskTime) -> str:
    names = [profile.functions[place].name for place in one.functions]
    return " > ".join(names) + (f", for a {one.awaited}" if one.awaited else "")


def _utterances(utterances: Sequence[Mapping[str, Any]], width: int) -> Iterator[str]:
    """Yield the stages of the latest commands beside each other, milliseconds."""
    shown = utterances[-_MOST_UTTERANCES:]
    rows: dict[tuple[str, ...], list[str]] = {}
    for at, utterance in enumerate(shown):
        for path, span in _flat(utterance, ()):
            cells = rows.setdefault(path, [""] * len(shown))
            cells[at] = f"{span['duration_ms']:.0f}"
    left = len(utterances) - len(shown)
    numbers = [str(left + at + 1) for at in range(len(shown))]
    lines = [(f"{'  ' * (len(path) - 1)}{path[-1]}", *cells) for path, cells in rows.items()]
    heads = ("stage of command, ms", *numbers)
    yield from _table(heads, lines, "<" + ">" * len(shown), width)


def _flat(
    span: Mapping[str, Any], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    path = (*above, span["name"])
    yield path, span
    for child in span.get("children", ()):
        yield from _flat(child, path)


def _memory(profile: Profile, width: int) -> Iterator[str]:
    memory = profile.memory
    if memory is None:
        return
    yield from (_cut(line, width) for line in _laps(memory))
    suspects = list(leak_sentences(profile))
    if suspects:
        yield from _listed("may leak", suspects, width)
    elif len(memory.laps) > 1:
        yield f"no line grew in every {memory.lap}"
    rows = [_site_row(one) for one in memory.sites[:_MOST_SITES]]
    yield from _table(("allocated, not freed", "blocks", "component", "where"), rows, ">><<", width)


def _laps(memory: Memory) -> Iterator[str]:
    if not memory.laps:
        yield "memory: ended before anything could be compared"
        return
    n = len(memory.laps) - 1
    (traced, resident), (traced_at_end, resident_at_end) = memory.laps[0], memory.laps[-1]
    yield (
        f"memory over {n} {memory.lap}{'s' * (n != 1)}: traced "
        f"{_signed(traced_at_end - traced)}, of the process "
        f"{_signed(resident_at_end - resident)}, most traced {amount(memory.peak, 'bytes')}"
    )


def _signed(size: int) -> str:
    return f"{'+' if size >= 0 else '-'}{amount(abs(size), 'bytes')}"


def _site_row(one: Site) -> tuple[str, ...]:
    file, _, line = one.function.rpartition(":")
    caller = f", from {short_path(file)}:{line}" if one.function else ""
    place = f"{short_path(one.file)}:{one.line}{caller}"
    return amount(one.bytes, "bytes"), str(one.blocks), one.component, place


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], sides: str, width: int
) -> Iterator[str]:
    """Yield a table; `sides` has `<` or `>` for each column."""
    if not rows:
        return
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    left = width - sum(widths[:-1]) - len(_GAP) * (len(widths) - 1)
    widths[-1] = max(min(widths[-1], left), len(heads[-1]))
    shorten = _tail if heads[-1] == "where" else _cut
    for row in (heads, *rows):
        fitting = (*row[:-1], shorten(row[-1], widths[-1]))
        cells = [f"{cell:{side}{w}}" for cell, side, w in zip(fitting, sides, widths, strict=True)]
        yield _cut(_GAP.join(cells).rstrip(), width)


def _time(seconds: float) -> str:
    return time_of(seconds) if seconds >= 1e-6 else "-"


def _tail(text: str, width: int) -> str:
    return text if len(text) <= width else f"...{text[3 - width :]}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
