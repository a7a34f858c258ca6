"""`python -m irene.studies.routing_simulation`: strategies against each other, simulated."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

from irene.performance.publishing.publish import publish
from irene.performance.speech.recordings import BUNDLED
from irene.studies.routing_simulation import plots, report, studies
from irene.studies.routing_simulation.engine_times import measure
from irene.studies.routing_simulation.herd import herd_report
from irene.studies.routing_simulation.long_run import (
    N_REQUESTS,
    long_drawing,
    long_report,
    run_all,
)
from irene.studies.routing_simulation.scenarios import all_scenarios
from irene.studies.routing_simulation.sessions import sessions_report
from irene.studies.routing_simulation.studies import Runner
from irene.telemetry.process import own_cpu_s

_NAMES = tuple(one.name for one in all_scenarios())
_MODULE = "python -m irene.studies.routing_simulation"
_N_REQUESTS = 5000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    return publish(partial(_blocks, options), options.write)


def _blocks(options: argparse.Namespace) -> dict[str, str]:
    if options.measure:
        quantiles = measure(options.measure, options.recordings)
        return {"": " ".join(f"{one:.3f}" for one in quantiles)}
    if options.long:
        return _long(options)
    return _one(options) if options.scenario else _everything(options)


def _long(options: argparse.Namespace) -> dict[str, str]:
    """Run every strategy once, for long, in a fleet to which everything happens."""
    runner = Runner(options.requests or N_REQUESTS, options.seed, options.processes)
    began_s = own_cpu_s()
    runs = run_all(runner)
    if options.write:
        report.write_drawings(options.write.with_suffix(""), {"long.svg": long_drawing(runs)})
    rate_hz = runner.n_simulated / (own_cpu_s() - began_s)
    said = (
        f"Simulated on {date.today().isoformat()} with `{_MODULE} --long --seed {options.seed}`, "
        f"{rate_hz:,.0f} requests for each second of a processor."
    )
    return {"long": f"{long_report(runs)}\n\n{said}"}


def _one(options: argparse.Namespace) -> dict[str, str]:
    """Compare the strategies in some scenarios only."""
    runner = Runner(options.requests or _N_REQUESTS, options.seed, options.processes)
    chosen = [one for one in all_scenarios() if one.name in options.scenario]
    began_s = own_cpu_s()
    grid = runner.grid(chosen, studies.strategies())
    return {
        "strategies": report.strategies_report(grid, chosen),
        "faults": report.faults_report(grid, chosen),
        "conditions": _conditions(options, runner, own_cpu_s() - began_s),
    }


def _everything(options: argparse.Namespace) -> dict[str, str]:
    """Return all tables by their block, and write the drawings if there is a page."""
    runner = Runner(options.requests or _N_REQUESTS, options.seed, options.processes)
    scenarios = all_scenarios()
    named = report.scenarios_by_name()
    began_s = own_cpu_s()
    grid = runner.grid(scenarios, studies.strategies())
    blocks = {
        "strategies": report.strategies_report(grid, scenarios),
        "faults": report.faults_report(grid, scenarios),
        "breaker": report.breaker_report(runner, named),
        "waiting": report.waiting_report(runner, named),
        "budgets": report.budgets_report(runner, named),
        "poison": report.poison_report(runner, named["poison"]),
        "herd": herd_report(),
        "sessions": sessions_report(),
        "theory": report.theory_report(runner),
    }
    if options.write:
        drawings = {
            "p99.svg": plots.p99_by_scenario(grid, scenarios),
            "load.svg": plots.p95_over_load(runner, named["one-slow"]),
            "outage.svg": plots.around_outage(runner, named["outage"]),
            "tail.svg": plots.tails(runner, named["tail"]),
        }
        report.write_drawings(options.write.with_suffix(""), drawings)
    blocks["conditions"] = _conditions(options, runner, own_cpu_s() - began_s)
    return blocks


def _conditions(options: argparse.Namespace, runner: Runner, cpu_s: float) -> str:
    """Return how the figures came about, and how fast."""
    command = f"{_MODULE} --requests {runner.n_requests} --seed {options.seed}"
    command += "".join(f" --scenario {name}" for name in options.scenario)
    return (
        f"Simulated on {date.today().isoformat()} with `{command}`: {runner.n_requests:,} requests "
        f"and {studies.N_SEEDS} seeds for each figure, of which the middle one stands here. "
        f"{runner.n_simulated:,} requests in all, {runner.n_simulated / cpu_s:,.0f} for each "
        "second of a processor."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_MODULE, description="Compare the router's strategies on simulated fleets."
    )
    parser.add_argument(
        "--requests",
        type=int,
        help=f"of each run (default {_N_REQUESTS}, with --long {N_REQUESTS})",
    )
    parser.add_argument(
        "--long", action="store_true", help="one run of each strategy in which everything happens"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the first run (default 1)")
    parser.add_argument(
        "--scenario", action="append", default=[], choices=_NAMES, help="only this; may be repeated"
    )
    parser.add_argument("--processes", type=int, default=2, help="that share the work (default 2)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put tables and drawings there")
    parser.add_argument(
        "--measure", metavar="ASR", help="time a recogniser with recordings, and print quantiles"
    )
    parser.add_argument("--recordings", type=Path, default=BUNDLED, metavar="FOLDER")
    return parser


if __name__ == "__main__":
    sys.exit(main())
