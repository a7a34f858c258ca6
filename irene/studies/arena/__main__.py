"""Print how the strategies of an arena do on a recorded trace, beside the C library and the pool.

::

    python -m irene.studies.arena tests/data/traces/speaking.txt
    python -m irene.studies.arena --record new.txt
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from irene.errors import ConfigurationError
from irene.memory.arena.spaces import AllocationStrategy
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.markdown import table
from irene.studies.arena.recording import record
from irene.studies.arena.replay import replay, replay_malloc, replay_pool
from irene.studies.arena.trace import Step, peak_bytes, read_trace, write_trace

_ORIGIN = (
    "recorded by `python -m irene.studies.arena --record`: sentences spoken by the default "
    "voice, bundled recordings converted; entries of the caches and loans of the pool"
)
_ROOMS = (1.05, 1.25, 1.5)
"""sizes of the arena, of what is taken at the same time at most"""


def strategies(steps: Sequence[Step], room: float) -> str:
    """Return the table of all strategies in an arena that is so much larger than it must be."""
    size = round(peak_bytes(steps) * room)
    rows = []
    for strategy in AllocationStrategy:
        for compacts in (False, True):
            one = replay(steps, size, strategy, compacts)
            rows.append(
                (
                    strategy.value.replace("_", " "),
                    "yes" if compacts else "no",
                    one.failures,
                    f"{one.fragmentation:.0%}",
                    f"{one.waste:.0%}",
                    f"{one.moved_mb:.0f}",
                    f"{one.step_us:.1f}",
                )
            )
    header = (f"arena of {size / 1e6:.1f} MB", "compacts", "failures", "fragmentation", "waste")
    return table((*header, "MB moved", "µs a step"), rows)


def others(steps: Sequence[Step]) -> str:
    """Return the table of what the C library and the pool take, each in a process of its own."""
    rows = []
    for name, work in (("np.empty", replay_malloc), ("pool", replay_pool)):
        held = run_isolated(work, list(steps))
        rows.append((name, f"{held.peak_mb:.1f}", f"{held.step_us:.1f}"))
    return table(("memory from", "MB at most", "µs a step"), rows)


@click.command()
@click.argument("trace", required=False, type=click.Path(path_type=Path))
@click.option("--record", "target", type=click.Path(path_type=Path), help="Write a new trace.")
@click.option("--steps", default=3000, show_default=True, help="Length of a new trace.")
def main(trace: Path | None, target: Path | None, steps: int) -> None:
    """Compare the strategies of an arena on a trace, as Markdown."""
    if target is not None:
        write_trace(target, record(steps), _ORIGIN)
        return
    if trace is None:
        raise click.UsageError("name a trace, or a file to --record one")
    try:
        read = read_trace(trace)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    n_taken = sum(bool(one.n_bytes) for one in read)
    click.echo(f"{n_taken} allocations, {peak_bytes(read) / 1e6:.2f} MB at the same time at most\n")
    for room in _ROOMS:
        click.echo(f"{strategies(read, room)}\n")
    click.echo(f"{others(read)}\n")
    click.echo(f"Measured with `python -m irene.studies.arena {trace}` on: {Machine.here()}.")


if __name__ == "__main__":
    main()
