"""`python -m irene.performance.audio_core`: the figures of the audio core, beside other ways."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

from irene.errors import IreneError
from irene.performance.audio_core.buffers import (
    append_cost,
    loan_cost,
    read_cost,
    written_loan_cost,
)
from irene.performance.audio_core.clips import clip_cost, throughput
from irene.performance.audio_core.listening import chunk_cost
from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.conditions import Watch
from irene.performance.benchmark.probe import Clock
from irene.performance.benchmark.report import describe, to_dict
from irene.performance.benchmark.rounds import Pace
from irene.performance.markdown import write_measured

BLOCK = "audio core"
"""name of the measured block of the page"""
FIGURES: dict[str, Callable[[Pace, Path | None], Comparison]] = {
    "chunk": chunk_cost,
    "clip": clip_cost,
    "throughput": throughput,
    "append": append_cost,
    "read": read_cost,
    "loan": loan_cost,
    "written": written_loan_cost,
}
"""by the names that `--only` takes"""
_PACE = Pace()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; a missed goal is no failure."""
    options = _parser().parse_args(arguments)
    pace = Pace(options.rounds, options.sample_ms / 1000, options.seed, options.clock)
    watch = Watch()
    try:
        names = options.only or list(FIGURES)
        comparisons = [FIGURES[name](pace, options.peers) for name in names]
        conditions = watch.conditions()
        text = describe(_command(options), conditions, comparisons)
        if options.write:
            write_measured(options.write, text, BLOCK)
    except IreneError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(text + "\n")
    if options.json:
        content = to_dict(_command(options), conditions, comparisons)
        options.json.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return 0


def _command(options: argparse.Namespace) -> str:
    """Return the command line without the names of this machine's folders."""
    words = ["python -m irene.performance.audio_core"]
    words += ["--peers PYTHON"] if options.peers else []
    words += [f"--only {name}" for name in options.only]
    words += [f"--clock {options.clock}"] if options.clock != _PACE.clock else []
    words += [
        f"--{name} {value:g}"
        for name, value, usual in (
            ("rounds", options.rounds, _PACE.rounds),
            ("sample-ms", options.sample_ms, 1000 * _PACE.at_least_s),
        )
        if value != usual
    ]
    return " ".join(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m irene.performance.audio_core",
        description="Measure the audio core beside soxr, numpy and, with --peers, other packages.",
    )
    parser.add_argument(
        "--peers",
        type=Path,
        metavar="PYTHON",
        help="interpreter with the packages to compare with: make bench-peers",
    )
    parser.add_argument(
        "--only", choices=FIGURES, action="append", default=[], help="may be repeated"
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=_PACE.rounds,
        help=f"samples of each (default {_PACE.rounds})",
    )
    parser.add_argument(
        "--sample-ms",
        type=float,
        default=1000 * _PACE.at_least_s,
        metavar="MS",
        help=f"least time of a sample (default {1000 * _PACE.at_least_s:g})",
    )
    parser.add_argument(
        "--clock",
        choices=get_args(Clock),
        default=_PACE.clock,
        help="cpu: processor time, for a machine that other programs use as well (default wall)",
    )
    parser.add_argument("--seed", type=int, default=_PACE.seed, help="of the order of probes")
    parser.add_argument(
        "--write", type=Path, metavar="PAGE", help="put the tables between a page's markers"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample")
    return parser


if __name__ == "__main__":
    sys.exit(main())
