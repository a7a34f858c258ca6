"""Repeated sessions as lines for people, and as objects for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from irene.cli.terminal.layout import columns
from irene.performance.replaying.differences import Pair
from irene.performance.replaying.repeating import Repeated
from irene.performance.replaying.table import Figures, n_understood_alike
from irene.performance.replaying.turns import Turn
from irene.performance.speech.word_errors import PLAIN_NORMALISER
from irene.pipeline.recording.layout import SUFFIX, UNFINISHED
from irene.pipeline.recording.place import size_of

_NONE = "-"


def repeated_lines(repeated: Repeated) -> Iterator[str]:
    """Yield what came of one recording: that it is the same, or each turn that is another."""
    recording = repeated.recording
    n_turns = sum(pair.before is not None for pair in repeated.pairs)
    length = f"{recording.seconds:.1f} s, " if recording.audio is not None else ""
    head = f"{recording.name}  {length}{_counted(n_turns, 'turn')}"
    if repeated.is_same:
        yield f"{head}: the same {_counted(repeated.n_events, 'event')}"
    else:
        n_others = sum(not pair.is_alike for pair in repeated.pairs)
        yield f"{head}: {n_others or 'none'} different with {repeated.config_name}"
    for pair in repeated.pairs:
        if not pair.is_alike:
            yield from _pair_lines(pair)
    before, after = repeated.announcements
    if before != after:
        yield f"  announced   {_said(before)}  ->  {_said(after)}"
    for remark in repeated.remarks:
        yield f"  note: {remark}"


def _pair_lines(pair: Pair) -> Iterator[str]:
    turn = pair.before or pair.after
    yield f"  turn at {turn.start_s:.2f} s" if turn is not None else "  turn"
    for change in pair.changes:
        yield f"    {change.what:<11} {change.before}  ->  {change.after}"


def _said(texts: Sequence[str]) -> str:
    return " / ".join(f'"{text}"' for text in texts) or "nothing"


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def repeated_object(repeated: Repeated) -> dict[str, Any]:
    """Return the same as one object, with the events of the repetition."""
    recording = repeated.recording
    return {
        "recording": recording.name,
        "path": str(recording.path),
        "seconds": round(recording.seconds, 6),
        "config": repeated.config_name,
        "same_config": repeated.is_same_config,
        "same": repeated.is_same,
        "n_events": repeated.n_events,
        "turns": [_pair_object(pair) for pair in repeated.pairs],
        "announced": {
            "before": list(repeated.announcements[0]),
            "after": list(repeated.announcements[1]),
        },
        "notes": list(repeated.remarks),
        "events": [event.to_dict() for event in repeated.events],
    }


def _pair_object(pair: Pair) -> dict[str, Any]:
    return {
        "before": None if pair.before is None else asdict(pair.before),
        "after": None if pair.after is None else asdict(pair.after),
        "changes": [asdict(change) for change in pair.changes],
    }


def compared_lines(names: Sequence[str], repeated: Sequence[Sequence[Repeated]]) -> Iterator[str]:
    """Yield every turn as it was recorded and as each configuration has it."""
    width = max(map(len, ("recorded", *names)))
    for beside in zip(*repeated, strict=True):
        for pairs in _beside(beside):
            yield f"{beside[0].recording.name} at {_start_s(pairs):.1f} s"
            recorded = next((one.before for one in pairs if one is not None), None)
            yield f"  {'recorded':{width}}    {_turn(recorded)}"
            for label, one in zip(names, pairs, strict=True):
                mark = " " if one is None or one.is_alike else "*"
                yield f"  {label:{width}}  {mark} {_turn(None if one is None else one.after)}"
            yield ""


def _beside(repeated: Sequence[Repeated]) -> Iterator[list[Pair | None]]:
    """Yield the turns of one recording, as each configuration has them; then what is only theirs.

    All have the recorded turns in the same order.
    """
    known = ([pair for pair in one.pairs if pair.before is not None] for one in repeated)
    yield from map(list, zip(*known, strict=True))
    for at, one in enumerate(repeated):
        for pair in one.pairs:
            if pair.before is None:
                yield [pair if at == index else None for index in range(len(repeated))]


def _start_s(pairs: Sequence[Pair | None]) -> float:
    turns = (one.before or one.after for one in pairs if one is not None)
    return next((turn.start_s for turn in turns if turn is not None), 0.0)


def _turn(turn: Turn | None) -> str:
    if turn is None:
        return "(no such turn)"
    heard = "(nothing)" if turn.text is None else f'"{turn.text}"'
    speed = _NONE if turn.latency_ms is None else f"{turn.latency_ms:.0f} ms"
    return f"{heard}  {turn.intent or '(not understood)'}  {speed}"


_HEADS = (
    "configuration",
    *("turns", "heard alike", "understood alike", "all alike", "more turns"),
    *("WER", "text ms", "p95", "answer ms"),
)


def figures_lines(figures: Mapping[str, Figures], alike: tuple[int, int]) -> Iterator[str]:
    """Yield the table of the figures of both, and what they mean."""
    yield from columns(_HEADS, [[name, *_figures(one)] for name, one in figures.items()])
    yield ""
    yield f"both understood the same in {alike[0]} of {_counted(alike[1], 'turn')}"
    yield "alike: as in the recording. *: something is different. ms: medians, on this machine."
    yield f"WER: against recorded texts that were answered; {PLAIN_NORMALISER}."


def _figures(one: Figures) -> list[str]:
    counts = (one.n_turns, one.n_heard_alike, one.n_understood_alike, one.n_alike, one.n_extra)
    rate = f"{100 * one.errors.rate:.1f} %" if one.errors.n_reference else _NONE
    times = (one.latency_ms, one.slow_ms, one.answer_ms)
    return [*map(str, counts), rate, *(_NONE if ms is None else f"{ms:.0f}" for ms in times)]


def compared_object(
    names: Sequence[str], repeated: Sequence[Sequence[Repeated]], figures: Mapping[str, Figures]
) -> dict[str, Any]:
    """Return the same as one object."""
    alike, of = n_understood_alike(*repeated)
    return {
        "configurations": [
            {**asdict(figures[name]), "name": name, "wer": figures[name].errors.rate}
            for name in names
        ],
        "understood_alike": {"n": alike, "of": of},
        "recordings": [
            {name: repeated_object(one) for name, one in zip(names, beside, strict=True)}
            for beside in zip(*repeated, strict=True)
        ],
    }


def listed_row(path: Path, facts: Mapping[str, Any]) -> list[str]:
    """Return a recording as a row of the list."""
    began = str(facts.get("began", ""))[:19].replace("T", " ")
    ended = facts.get("ended") or "not finished"
    name = path.name.removesuffix(SUFFIX).removesuffix(UNFINISHED)
    config = (facts.get("config") or {}).get("name", "")
    return [name, began, f"{size_of(path) / 1e6:.1f} MB", str(ended), str(config), str(path)]


LISTED_HEADS = ("recording", "began", "size", "ended", "configuration", "file")
