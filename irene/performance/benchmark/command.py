"""A command that measures figures, prints them, and puts them into a page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from irene.errors import IreneError
from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.conditions import Watch
from irene.performance.benchmark.probe import Clock
from irene.performance.benchmark.report import describe, to_dict
from irene.performance.benchmark.rounds import Pace
from irene.performance.publishing.markdown import write_measured

Figure = Callable[[Pace, "Path | None"], Comparison]
"""Measures something; the path is the interpreter of other packages, if there is one."""
_PACE = Pace()


@dataclass(frozen=True)
class Command:
    """What can be measured with one module."""

    module: str
    """as `python -m` takes it"""
    description: str
    """one sentence, for `--help`"""
    block: str
    """name of the measured block of the page"""
    figures: Mapping[str, Figure]
    """by the names that `--only` takes"""
    has_peers: bool = False
    """whether other packages are measured as well"""

    def run(self, arguments: Sequence[str] | None = None) -> int:
        """Measure and return the exit status; a missed goal is no failure."""
        options = self._parser().parse_args(arguments)
        pace = Pace(options.rounds, options.sample_ms / 1000, options.seed, options.clock)
        watch = Watch()
        line = self._line(options)
        try:
            names = options.only or list(self.figures)
            comparisons = [self.figures[name](pace, options.peers) for name in names]
            conditions = watch.conditions()
            text = describe(line, conditions, comparisons)
            if options.write:
                write_measured(options.write, text, self.block)
        except IreneError as error:
            sys.stderr.write(f"error: {error}\n")
            return error.exit_code
        sys.stdout.write(text + "\n")
        if options.json:
            content = to_dict(line, conditions, comparisons)
            options.json.write_text(json.dumps(content, indent=1), encoding="utf-8")
        return 0

    def _line(self, options: argparse.Namespace) -> str:
        """Return the command line without the names of this machine's folders."""
        words = [f"python -m {self.module}"]
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

    def _parser(self) -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(
            prog=f"python -m {self.module}", description=self.description
        )
        if self.has_peers:
            peers = "interpreter with the packages to compare with: make bench-peers"
            parser.add_argument("--peers", type=Path, metavar="PYTHON", help=peers)
        parser.set_defaults(peers=None)
        parser.add_argument(
            "--only", choices=self.figures, action="append", default=[], help="may be repeated"
        )
        _add_pace(parser)
        parser.add_argument(
            "--write", type=Path, metavar="PAGE", help="put the tables between a page's markers"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample")
        return parser


def _add_pace(parser: argparse.ArgumentParser) -> None:
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
