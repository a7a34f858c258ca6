"""What a trial has found, as text for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from irene.testing.chaos.report import ChaosReport
from irene.testing.chaos.resources import growth_mb, leaks

MOST_GROWTH_MB = 10.0
"""memory per 1000 commands from which on it is said to leak: an allocator is never quite still"""
_MOST_EXCUSED = 0.25
"""share of commands that may be late without a fault: beyond it, something waits in vain"""
_SHORTEST = 1000
"""commands from which on growth says something"""


def problems_of(report: ChaosReport) -> list[str]:
    """Return everything that must not be, one entry each; none when all promises were kept."""
    most_mb = MOST_GROWTH_MB if report.n_commands >= _SHORTEST else float("inf")
    violations = [str(violation) for violation in report.violations]
    late = []
    if report.n_excused > _MOST_EXCUSED * max(20, report.n_commands):
        late = [f"{report.n_excused} commands missed a time limit although nothing hung"]
    return violations + late + report.breaches + leaks(report.holdings, most_mb)


def summary_of(report: ChaosReport) -> str:
    """Return figures and problems as a page of text."""
    parts = (_figures(report), _faults(report), _holdings(report), _problems(report))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _figures(report: ChaosReport) -> Iterator[str]:
    settings = report.settings
    hours, speed = report.audio_s / 3600, report.audio_s / max(report.real_s, 1e-9)
    grown = growth_mb(report.holdings)
    rows = {
        "seed": f"{settings.seed}, commands {settings.first} to "
        f"{settings.first + settings.commands - 1}",
        "audio": f"{hours:.2f} h in {report.real_s:.0f} s, {speed:.0f} times as fast",
        "had to be answered aloud": f"{report.reached['spoken']} of {report.n_commands}",
        "had to be answered": report.reached["answered"],
        "had to be heard": report.reached["transcribed"],
        "no part left to serve them": report.reached["ended"],
        "runs that ended for that": report.n_run_failures,
        "calls that hung": report.hung.total(),
        "too slow a machine": report.n_excused,
        "broken promises": report.n_violations,
        "memory per 1000 commands": f"{grown:+.2f} MB",
    }
    width = max(map(len, rows))
    yield from (f"{name:<{width}}  {value}" for name, value in rows.items())


def _faults(report: ChaosReport) -> Iterator[str]:
    by_kind: dict[str, Counter[str]] = {}
    for (kind, fault), count in sorted(report.faults.items()):
        by_kind.setdefault(kind, Counter())[fault] = count
    yield f"{sum(report.faults.values())} faults:"
    for kind, counts in by_kind.items():
        yield f"  {kind:<20} " + ", ".join(f"{fault} {n}" for fault, n in counts.items())
    if report.disturbances:
        yield "  from outside         " + ", ".join(
            f"{what} {n}" for what, n in sorted(report.disturbances.items())
        )
    if report.hung:
        yield "threads that were abandoned in a call, until it was let go:"
        yield from (f"  {count} x {site}" for site, count in sorted(report.hung.items()))


def _holdings(report: ChaosReport) -> Iterator[str]:
    yield "what the process held after so many commands, nobody listening:"
    yield "  commands  memory, MB  threads  files  processes  streams"
    for one in report.holdings:
        held = (len(one.threads), one.n_files, one.n_children, one.n_streams)
        yield f"  {one.commands:>8}  {one.memory_mb:>10.1f}  " + "  ".join(
            f"{count:>{width}}" for count, width in zip(held, (7, 5, 9, 7), strict=True)
        )


def _problems(report: ChaosReport) -> Iterator[str]:
    problems = problems_of(report)
    if not problems:
        yield "every promise was kept"
        return
    yield f"{len(problems)} problems:"
    yield from problems
    if report.violations:
        first, seed = report.violations[0].command, report.settings.seed
        before = max(report.settings.first, first - 1)
        yield "again, from the command before the first of them:"
        yield f"  python -m irene.testing.chaos --seed {seed} --first {before} --commands 3"
