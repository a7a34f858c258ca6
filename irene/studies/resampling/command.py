"""`python -m irene.studies.resampling`: what each conversion keeps, stops and costs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, cast

from irene.domain.kinds import Kind
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.markdown import table
from irene.performance.publishing.publish import publish
from irene.performance.speech.recordings import BUNDLED
from irene.plugin.registry import ComponentRegistry
from irene.providers.resampling import Resampler
from irene.studies.resampling.conversion_threads import ThreadGain, thread_gains
from irene.studies.resampling.conversions import PAIRS, Figures, Pair, figures, ways
from irene.studies.resampling.resampled_wake import UNCONVERTED, QualityScore, try_qualities

_FLOOR_DB = -150.0
"""below this a figure says more about float32 than about a filter"""


@dataclass(frozen=True)
class Measured:
    """Everything that the page shows."""

    machine: Machine
    pairs: tuple[tuple[Pair, tuple[Figures, ...]], ...]
    threads: tuple[ThreadGain, ...]
    wake: tuple[QualityScore, ...]


def measure(folder: Path, engines: Sequence[str]) -> Measured:
    """Measure every way between every pair of rates, threads, and wake words in recordings.

    Args:
        folder: recordings with a `manifest.csv`.
        engines: voice triggers that listen to them.

    Raises:
        IreneError: recordings or an engine cannot be used.
    """
    machine = Machine.here()
    registry = ComponentRegistry.installed()
    known = list(ways(registry))
    pairs = tuple((pair, tuple(figures(way, pair) for way in known)) for pair in PAIRS)
    soxr = cast("Resampler[Any]", registry.create(Kind.RESAMPLING, "soxr"))
    soxr.load()
    wake = [score for name in engines for score in run_isolated(try_qualities, name, folder)]
    return Measured(machine, pairs, tuple(thread_gains(soxr)), tuple(wake))


def describe(measured: Measured, command: str) -> dict[str, str]:
    """Return the measured blocks of the page by their names; no block of what was not measured."""
    head = (
        f"Measured on {date.today().isoformat()} with `{command}` on: {measured.machine}. "
        "Levels and delays are the same on any machine; times are not."
    )
    pairs = (_pair_table(pair, rows) for pair, rows in measured.pairs)
    blocks = {
        "conversions": "\n\n".join([head, *pairs]),
        "threads": _thread_table(measured.threads, measured.machine),
    }
    if measured.wake:
        blocks["wake words"] = f"Measured with `{command}`.\n\n{_wake_table(measured.wake)}"
    return blocks


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    return publish(partial(_blocks, options), options.write)


def _blocks(options: argparse.Namespace) -> dict[str, str]:
    measured = measure(Path(options.audio) if options.audio else BUNDLED, options.engine)
    if options.json:
        Path(options.json).write_text(json.dumps(asdict(measured), indent=1), encoding="utf-8")
    return describe(measured, _command(options))


def _pair_table(pair: Pair, rows: Sequence[Figures]) -> str:
    what = "image of" if pair.target > pair.source else "left of"
    header = [
        f"{pair.source} → {pair.target} Hz",
        *(f"{tone / 1000:g} kHz" for tone in pair.passing),
        *(f"{what} {tone / 1000:g} kHz" for tone in pair.stopping),
        "held back: mean",
        "most",
        "work: 1 s of a clip",
        "20 ms of a stream",
    ]
    return table(header, [_row(one) for one in rows])


def _row(one: Figures) -> list[str]:
    return [
        one.way,
        *(f"{round(level, 1) + 0.0:.1f} dB" for level in one.pass_db),
        *(_stop(level) for level in one.stop_db),
        _unit(one.held_mean_ms, "ms"),
        _unit(one.held_most_ms, "ms"),
        _unit(one.clip_us, "µs"),
        "" if one.chunk_us is None else f"{one.chunk_us:.1f} µs",
    ]


def _stop(level: float) -> str:
    return f"≤ {_FLOOR_DB:.0f} dB" if level < _FLOOR_DB else f"{round(level) + 0.0:.0f} dB"


def _unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{round(value) + 0.0:.0f} {unit}"


def _wake_table(scores: Sequence[QualityScore]) -> str:
    names = list(dict.fromkeys(score.quality for score in scores))
    rows = []
    for provider in dict.fromkeys(score.provider for score in scores):
        mine = {score.quality: score for score in scores if score.provider == provider}
        first = mine[UNCONVERTED]
        rows.append(
            [
                f"`{provider}`",
                f"{first.n_clips}",
                *(f"{mine[name].n_heard}" for name in names),
                *(f"{mine[name].n_false}" for name in names if name != UNCONVERTED),
            ]
        )
    header = ["wake words", "said", *(f"heard, {name}" for name in names)]
    header += [f"false, {name}" for name in names if name != UNCONVERTED]
    text = (
        f"Wake words through each quality: recordings that were raised to 48 kHz, with hiss up to "
        f"24 kHz, come down again to 16 kHz; `false` is what was heard in "
        f"{scores[0].n_negatives} recordings without a wake word."
    )
    return f"{text}\n\n{table(header, rows)}"


def _thread_table(gains: Sequence[ThreadGain], machine: Machine) -> str:
    rows = [
        [
            f"{one.seconds:g} s",
            f"{one.serial_us:.0f} µs",
            f"{one.parallel_us:.0f} µs",
            f"{one.gain:.2f} ×",
        ]
        for one in gains
    ]
    busy = ", which was busy with other programs," if machine.is_busy else ""
    text = (
        f"Two pieces, each of its own stream, 48000 → 16000 Hz in HQ, on one thread and on two of "
        f"the {machine.cores} cores of the machine{busy} with a load of {machine.load:g}:"
    )
    header = ["length of each", "one after the other", "at the same time", "gain"]
    return f"{text}\n\n{table(header, rows)}"


def _command(options: argparse.Namespace) -> str:
    """Return the command line without the names of this machine's folders."""
    folder = ["--audio FOLDER"] if options.audio else []
    engines = [f"--engine {name}" for name in options.engine]
    return " ".join(["python -m irene.studies.resampling", *engines, *folder])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.resampling",
        description="Measure pass band, stop band, delay and cost of every sample rate converter.",
    )
    parser.add_argument(
        "--audio", metavar="DIR", help="recordings for the wake words (default: tests/data)"
    )
    parser.add_argument(
        "--engine",
        metavar="NAME",
        action="append",
        default=[],
        help="voice trigger that listens through each quality; may be repeated (default: none)",
    )
    parser.add_argument(
        "--write", metavar="PAGE", help="put the tables between markers of their names"
    )
    parser.add_argument("--json", metavar="FILE", help="write every result")
    return parser
