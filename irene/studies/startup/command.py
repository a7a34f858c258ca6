"""`python -m irene.studies.startup`: how fast irene starts and answers, and its memory."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from irene.performance.measuring.fresh_process import python_ms, run_isolated, wall_ms
from irene.performance.measuring.machine import Machine
from irene.performance.measuring.spread import Spread, interleaved
from irene.performance.publishing.publish import publish
from irene.studies.listening_cost.instant_asr import InstantAsr
from irene.studies.startup.answer_times import SCENES, AnswerTimes, answer_times, percentile_95
from irene.studies.startup.demo_process import DemoMemory, demo_memory, ready_s
from irene.studies.startup.first_calls import first_calls
from irene.studies.startup.import_costs import import_costs
from irene.studies.startup.load_times import load_times_ms
from irene.studies.startup.session_memory import session_memory
from irene.studies.startup.tables import Goal, StartUp, describe

_ROUNDS = 9
_RUNS_PER_MEMORY = 3
"""timed rounds for each run in which memory is measured, as memory hardly varies"""
_UTTERANCES_PER_ROUND = 2
_FURTHER_SESSIONS = 8
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
        times = interleaved(rounds, start_probes(folder))
        memories = [demo_memory(folder) for _ in range(1 + rounds // _RUNS_PER_MEMORY)]
        answers = answer_times(SCENES, rounds * _UTTERANCES_PER_ROUND, folder)
    return StartUp(
        machine=machine,
        rounds=rounds,
        times=times,
        goals=(*_time_goals(times), *answer_goals(answers), *_memory_goals(memories)),
        answers=tuple(answers),
        sessions=tuple(run_isolated(session_memory, _FURTHER_SESSIONS) for _ in memories),
        loading_ms=run_isolated(load_times_ms),
        first_calls=tuple(first_calls(1 + rounds // _RUNS_PER_MEMORY)),
        imports=tuple(import_costs(_IMPORT)[:_N_PACKAGES]),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; a missed goal is no failure."""
    options = _parser().parse_args(arguments)
    return publish(partial(_blocks, options), options.write)


def _blocks(options: argparse.Namespace) -> dict[str, str]:
    result = measure(options.rounds)
    if options.json:
        Path(options.json).write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")
    return {"": describe(result)}


def start_probes(folder: Path) -> dict[str, Callable[[], float]]:
    """Return what starts a process and returns the milliseconds that it took, by name.

    Args:
        folder: where the demo assistant writes its answer.
    """
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


def import_ratio(times: Mapping[str, Spread]) -> Spread:
    """Return what `import irene` takes over what `import numpy` takes, a value per round."""
    pairs = zip(times["import irene"].values, times["import numpy"].values, strict=True)
    return Spread(tuple(ours / theirs for ours, theirs in pairs))


def _time_goals(times: Mapping[str, Spread]) -> tuple[Goal, ...]:
    return (
        Goal("`import irene` against `import numpy` (F10)", 1.3, "times", import_ratio(times)),
        Goal("`irene --help` (F10)", 150, "ms", times["irene --help"]),
        Goal("`irene run --config demo`, until it listens (F10)", 2000, "ms", times["irene run"]),
    )


def answer_goals(answers: Sequence[AnswerTimes]) -> Iterator[Goal]:
    """Yield what the framework takes of a person's wait, with the input's blocks as configured."""
    what = "end of speech to transcript beyond the end silence, framework's share"
    for answer in answers:
        if answer.asr == InstantAsr.name and answer.scene.is_usual and answer.beyond_ms:
            late = Spread((percentile_95(answer.beyond_ms),))
            yield Goal(f"{what} (F9)", 60, "ms", answer.beyond_ms)
            yield Goal("the same, 95th percentile (F9)", 60, "ms", late)


def _memory_goals(memories: Sequence[DemoMemory]) -> tuple[Goal, ...]:
    steady = Spread(tuple(memory.steady_mb for memory in memories))
    peak = Spread(tuple(memory.peak_mb for memory in memories))
    return (
        Goal("demo assistant, waiting again after its first answer (F11)", 240, "MB", steady),
        Goal("the most that it ever took (F11)", 240, "MB", peak),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.startup",
        description="Measure start-up, delay of answers and memory against the goals F9 to F11.",
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
