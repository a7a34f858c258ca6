"""`python -m irene.performance.startup`: how fast irene starts, and what memory it takes."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from irene.errors import IreneError
from irene.performance.demo_process import DemoMemory, demo_memory, ready_s
from irene.performance.fresh_process import python_ms, run_isolated, wall_ms
from irene.performance.import_costs import import_costs
from irene.performance.load_times import load_times_ms
from irene.performance.machine import Machine
from irene.performance.markdown import write_measured
from irene.performance.spread import Spread, interleaved
from irene.performance.startup_tables import Goal, StartUp, describe

_ROUNDS = 9
_RUNS_PER_MEMORY = 3
"""timed rounds for each run in which memory is measured, as memory hardly varies"""
_IMPORT = "from irene import Assistant"
_N_PACKAGES = 12
"""rows of the table of imports"""


def measure(rounds: int) -> StartUp:
    """Measure everything; every value is from a new process.

    Raises:
        ProviderFailedError: the demo assistant does not run.
    """
    machine = Machine.here()
    with tempfile.TemporaryDirectory(prefix="irene-startup-") as name:
        folder = Path(name)
        times = interleaved(rounds, _probes(folder))
        memories = [demo_memory(folder) for _ in range(1 + rounds // _RUNS_PER_MEMORY)]
    return StartUp(
        machine=machine,
        rounds=rounds,
        times=times,
        goals=(*_time_goals(times), *_memory_goals(memories)),
        loading_ms=run_isolated(load_times_ms),
        imports=tuple(import_costs(_IMPORT)[:_N_PACKAGES]),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; a missed goal is no failure."""
    options = _parser().parse_args(arguments)
    try:
        result = measure(options.rounds)
        text = describe(result)
        if options.write:
            write_measured(Path(options.write), text)
    except IreneError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(text + "\n")
    if options.json:
        Path(options.json).write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")
    return 0


def _probes(folder: Path) -> dict[str, Callable[[], float]]:
    return {
        "python -c pass": lambda: python_ms("pass"),
        "import numpy": lambda: python_ms("import numpy"),
        "import irene": lambda: python_ms("import irene"),
        _IMPORT: lambda: python_ms(_IMPORT),
        "irene --help": lambda: wall_ms([*_irene(), "--help"]),
        "irene run": lambda: 1000 * ready_s(folder),
    }


def _irene() -> list[str]:
    """Return the installed command, or its equal where only the package is there."""
    script = Path(sys.executable).with_name("irene")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "irene"]


def _time_goals(times: Mapping[str, Spread]) -> tuple[Goal, ...]:
    pairs = zip(times["import irene"].values, times["import numpy"].values, strict=True)
    ratio = Spread(tuple(ours / theirs for ours, theirs in pairs))
    return (
        Goal("`import irene` against `import numpy` (F10)", 1.3, "times", ratio),
        Goal("`irene --help` (F10)", 150, "ms", times["irene --help"]),
        Goal("`irene run --config demo`, until it listens (F10)", 2000, "ms", times["irene run"]),
    )


def _memory_goals(memories: Sequence[DemoMemory]) -> tuple[Goal, ...]:
    steady = Spread(tuple(memory.steady_mb for memory in memories))
    peak = Spread(tuple(memory.peak_mb for memory in memories))
    return (
        Goal("demo assistant, waiting again after its first answer (F11)", 240, "MB", steady),
        Goal("the most that it ever took (F11)", 240, "MB", peak),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m irene.performance.startup",
        description="Measure start-up time and memory against the goals F10 and F11.",
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=_ROUNDS,
        help=f"times that each is measured (default {_ROUNDS})",
    )
    parser.add_argument("--write", metavar="PAGE", help="put the tables between a page's markers")
    parser.add_argument("--json", metavar="FILE", help="write every value")
    return parser


if __name__ == "__main__":
    sys.exit(main())
