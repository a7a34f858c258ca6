"""Measuring the targets that are wanted, each measurement in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from irene.errors import IreneError, ProviderUnavailableError
from irene.performance.benchmark.conditions import Watch
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.measuring.machine import Machine
from irene.providers.border import one_line
from irene.studies.targets.catalogue import TARGETS
from irene.studies.targets.finding import Absent, Finding, Outcome, Verdict, judge
from irene.studies.targets.measurements import MEASUREMENTS
from irene.studies.targets.report import Judged, TargetReport
from irene.studies.targets.selection import TargetOptions, chosen, needed
from irene.studies.targets.target import Effort, Found, Measurement, Target

Progress = Callable[[str], None]
COMMAND = "irene benchmark --targets"


def measure_targets(
    options: TargetOptions | None = None,
    progress: Progress = lambda line: None,
    *,
    targets: Sequence[Target] = TARGETS,
    measurements: Sequence[Measurement] = MEASUREMENTS,
    effort: Effort | None = None,
) -> TargetReport:
    """Measure and judge; blocks for as long as the measurements take.

    Args:
        options: which targets.
        progress: is told what comes next, in a line.
        targets: the table.
        measurements: what can settle them, from the quick to the slow.
        effort: how hard they try.

    Raises:
        ConfigurationError: no target has one of the names.
    """
    options = options or TargetOptions()
    wanted = chosen(options, targets, measurements)
    steps = needed(wanted, measurements)
    machine, began = Machine.here(), time.perf_counter()
    effort = effort or Effort(peers=options.peers)
    found: dict[str, Finding | Absent | Verdict] = {}
    took_s = {}
    for number, step in enumerate(steps, 1):
        left_s = sum(one.seconds for one in steps[number - 1 :])
        progress(f"{number} of {len(steps)}: {step.name}, about {_minutes(left_s)} left")
        since = time.perf_counter()
        names = [target.name for target in wanted if target.measurement == step.name]
        found.update(_settled(step, names, effort))
        took_s[step.name] = time.perf_counter() - since
    how = {one.name: one.how for one in steps}
    judged = [_judged(target, found.get(target.name), how) for target in wanted]
    seconds = time.perf_counter() - began
    return TargetReport(machine, tuple(judged), seconds, took_s, _command(options))


def _settled(
    step: Measurement, names: Sequence[str], effort: Effort
) -> Mapping[str, Finding | Absent | Verdict]:
    """Return what a measurement says about some targets, or why it says nothing."""
    watch = Watch()
    try:
        found: Found = run_isolated(step.work, effort)
    except ProviderUnavailableError as error:
        return dict.fromkeys(names, Absent(one_line(error)))
    except IreneError as error:
        failed = Verdict(Outcome.NOT_MEASURED, (f"{step.name} failed: {one_line(error)}",))
        return dict.fromkeys(names, failed)
    doubts = tuple(watch.conditions().disturbances())
    return {name: _doubted(found[name], doubts) for name in names}


def _doubted(found: Finding | Absent, doubts: tuple[str, ...]) -> Finding | Absent:
    return found.doubted(doubts) if isinstance(found, Finding) else found


def _judged(
    target: Target, found: Finding | Absent | Verdict | None, how: Mapping[str, str]
) -> Judged:
    if found is None:
        return Judged(target, Verdict(Outcome.NOT_APPLICABLE, (target.inapplicable,)))
    verdict = found if isinstance(found, Verdict) else judge(target.limit, found)
    finding = found if isinstance(found, Finding) else None
    return Judged(target, verdict, finding, how[target.measurement])


def _command(options: TargetOptions) -> str:
    """Return the command line without the names of this machine's folders."""
    words = [COMMAND, *(f"--only {name}" for name in options.only)]
    words += ["--quick"] if options.quick else []
    words += ["--peers PYTHON"] if options.peers else []
    return " ".join(words)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
