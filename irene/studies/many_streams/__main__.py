"""`python -m irene.studies.many_streams`: streams against processor, delay, missed words."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

from irene.performance.benchmark.conditions import Conditions, Watch
from irene.performance.benchmark.report import verdict
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.publishing.markdown import table
from irene.performance.publishing.publish import publish
from irene.performance.speech.recordings import BUNDLED
from irene.studies.many_streams.dividing import GOALS, WORDS, Point, measure
from irene.studies.many_streams.trial import Load, Work, work_through

BLOCK = "many streams"
"""name of the measured block of the page"""
_CURVES = {
    "microwakeword": (500, 1000, 2000, 3000, 4000, 5000),
    "openwakeword": (300, 500, 1000, 1500, 2000),
}
_UNPACED = 100
"""streams that are heard as fast as it goes"""


_HEADER = (
    "provider",
    "streams",
    "processes",
    "CPU of the hub",
    "CPU of the feeder",
    "delay p50, ms",
    "p99",
    "longest",
    "missed words",
    "not heard, s",
    "others",
    "kB a stream",
    "in time",
)


_WORK_HEADER = (
    "provider",
    "streams",
    "a stream, of a processor",
    "streams a processor has time for",
    "windows a stream and second",
    "a window, everything included",
    "missed words",
)


def _work_row(provider: str, work: Work) -> tuple[str, ...]:
    return (
        provider,
        str(work.n_streams),
        f"{100 * work.share:.3f} %",
        f"{1 / work.share:.0f}",
        f"{work.n_windows / work.audio_s:.2f}",
        f"{1e6 * work.cpu_s / max(1, work.n_windows):.0f} µs",
        f"{work.n_expected - work.n_heard} of {work.n_expected}",
    )


def describe(
    command: str, points: Sequence[tuple[str, Point]], conditions: Conditions, seconds: float
) -> str:
    """Return the measured part of the page."""
    head = (
        f"Measured on {date.today().isoformat()} with `{command}` on: {conditions.machine}; "
        f"{seconds:g} s each, after a beginning that does not count."
    )
    curve = table(_HEADER, [point.row(provider) for provider, point in points])
    shares = ", ".join(
        f"{100 * next(p for name, p in points if name == provider).parts[0].open_share:.0f} % "
        f"({provider})"
        for provider in dict.fromkeys(name for name, _ in points)
    )
    gates = f"The gate is open at {shares} of all blocks."
    lines = [_summary(provider, points) for provider in dict.fromkeys(name for name, _ in points)]
    doubts = (*conditions.doubts(), *(doubt for _, point in points for doubt in point.doubts()))
    return "\n\n".join([head, curve, gates, *lines, f"This run: {verdict(doubts)}."])


def _summary(provider: str, points: Sequence[tuple[str, Point]]) -> str:
    own = [point for name, point in points if name == provider]
    in_time = [point.n_streams for point in own if point.is_in_time]
    late = [point.n_streams for point in own if not point.is_in_time]
    most = f"heard in time: up to {max(in_time)} streams" if in_time else "heard in time: none"
    least = f"; too much: {min(late)}" if late else "; no number that was tried is too much"
    goal = GOALS.get(provider)
    judged = f"; goal {goal}" if goal else ""
    return f"`{provider}`: {most}{least}{judged}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; a missed goal is no failure."""
    options = _parser().parse_args(arguments)
    if options.unpaced:
        return _show_work(options)
    return publish(partial(_blocks, options), options.write)


def _show_work(options: argparse.Namespace) -> int:
    """Print what streams take of a processor when they are not paced."""
    watch, rows = Watch(), []
    for provider in options.provider or list(_CURVES):
        for n_streams in options.streams or (_UNPACED,):
            words = tuple(options.wake_word or WORDS)
            load = Load(provider, words, n_streams, options.seconds, options.recordings)
            rows.append(_work_row(provider, run_isolated(work_through, load)))
    sys.stdout.write(f"{table(_WORK_HEADER, rows)}\n\non: {watch.conditions().machine}\n")
    return 0


def _blocks(options: argparse.Namespace) -> dict[str, str]:
    watch = Watch()
    points = []
    for provider in options.provider or list(_CURVES):
        for n_streams in options.streams or _CURVES.get(provider, _CURVES["openwakeword"]):
            words = tuple(options.wake_word or WORDS)
            load = Load(provider, words, n_streams, options.seconds, options.recordings)
            point = measure(load, options.processes)
            points.append((provider, point))
            sys.stderr.write("  ".join(point.row(provider)) + "\n")
    return {BLOCK: describe(_command(options), points, watch.conditions(), options.seconds)}


def _command(options: argparse.Namespace) -> str:
    words = ["python -m irene.studies.many_streams"]
    words += [f"--provider {name}" for name in options.provider]
    words += [f"--streams {','.join(map(str, options.streams))}"] if options.streams else []
    words += [f"--processes {options.processes}"] if options.processes != 1 else []
    words += [f"--wake-word {word}" for word in options.wake_word]
    words += [f"--seconds {options.seconds:g}"] if options.seconds != 10.0 else []
    return " ".join(words)


def _counts(text: str) -> tuple[int, ...]:
    counts = tuple(int(word) for word in text.split(","))
    if min(counts) < 1:
        raise argparse.ArgumentTypeError("numbers of streams are 1 or more")
    return counts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.many_streams",
        description="Hear wake words in many streams, in real time, and more and more of them.",
    )
    parser.add_argument("--provider", action="append", default=[], help="may be repeated")
    parser.add_argument("--streams", type=_counts, metavar="N,N,...", help="how many, in turn")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run (default 10)")
    parser.add_argument("--processes", type=int, default=1, help="that share them (default 1)")
    parser.add_argument(
        "--unpaced", action="store_true", help="processor time only, for a machine that is busy"
    )
    parser.add_argument("--wake-word", action="append", default=[], help="may be repeated")
    parser.add_argument("--recordings", type=Path, default=BUNDLED, metavar="FOLDER")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table into a page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
