"""`python -m irene.studies.isolation`: calls, throughput and memory of workers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

from irene.domain.kinds import Kind
from irene.performance.benchmark.conditions import Conditions, Watch
from irene.performance.benchmark.report import verdict
from irene.performance.publishing.markdown import table
from irene.performance.publishing.publish import publish
from irene.plugin.registry import ComponentRegistry
from irene.studies.isolation.calls import SILENT, call_costs
from irene.studies.isolation.footprints import footprint
from irene.studies.isolation.subjects import Engine
from irene.studies.isolation.throughput import throughputs

BLOCK = "isolation"
"""name of the measured block of the page"""
_ENGINES = (
    Engine(Kind.VOICE_TRIGGER, "microwakeword"),
    Engine(Kind.VAD, "silero"),
    Engine(Kind.TTS, "espeak"),
)


def _recognisers(options: argparse.Namespace) -> list[Engine]:
    vosk = [Engine(Kind.ASR, "vosk", options.vosk)] if options.vosk else []
    return [Engine(Kind.ASR, "pocketsphinx"), *vosk]


def _calls(registry: ComponentRegistry, options: argparse.Namespace) -> str:
    costs = call_costs(registry, options.rounds * 5)
    return table(
        ("audio", "in this process, µs", "in a worker, least", "median"),
        [
            (one.audio, f"{one.here_us:.1f}", f"{one.least_us:.0f}", f"{one.median_us:.0f}")
            for one in costs
        ],
    )


def _throughput(registry: ComponentRegistry, options: argparse.Namespace) -> str:
    rows = [
        (engine.name, place, f"{max(found.values):.1f}", f"{found.median:.1f}")
        for engine in _recognisers(options)
        for place, found in throughputs(engine, registry, options.callers, options.rounds).items()
    ]
    return table(("recogniser", "where", "seconds of speech per second, most", "median"), rows)


def _footprints(registry: ComponentRegistry, options: argparse.Namespace) -> str:
    found = [footprint(one, registry) for one in (SILENT, *_ENGINES, *_recognisers(options))]
    return table(
        ("provider", "worker resident, MB", "own memory of both, MB", "start, s", "restart, s"),
        [
            (
                one.engine,
                f"{one.resident_mb:.0f}",
                f"{one.own_mb:.0f}",
                f"{one.start_s:.2f}",
                f"{one.restart_s:.2f}",
            )
            for one in found
        ],
    )


def _text(command: str, tables: Sequence[str], conditions: Conditions) -> str:
    head = f"Measured on {date.today().isoformat()} with `{command}` on: {conditions.machine}."
    return "\n\n".join([head, *tables, f"This run: {verdict(tuple(conditions.doubts()))}."])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    return publish(partial(_blocks, options), options.write)


def _blocks(options: argparse.Namespace) -> dict[str, str]:
    watch = Watch()
    registry = ComponentRegistry.installed()
    tables = [part(registry, options) for part in (_calls, _throughput, _footprints)]
    return {BLOCK: _text(_command(options), tables, watch.conditions())}


def _command(options: argparse.Namespace) -> str:
    words = ["python -m irene.studies.isolation"]
    words += [f"--vosk {options.vosk}"] if options.vosk else []
    words += [f"--callers {options.callers}"] if options.callers != 2 else []
    words += [f"--rounds {options.rounds}"] if options.rounds != 5 else []
    return " ".join(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.isolation",
        description="Measure providers in processes of their own beside the same ones here.",
    )
    parser.add_argument("--vosk", type=Path, metavar="MODEL", help="measure Vosk with it, too")
    parser.add_argument("--callers", type=int, default=2, help="and workers (default 2)")
    parser.add_argument("--rounds", type=int, default=5, help="of each figure (default 5)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables into a page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
