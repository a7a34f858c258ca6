"""Profiles, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from irene.cli.terminal.layout import columns
from irene.performance.profiling.profile import Profile
from irene.performance.profiling.text import profile_lines
from irene.performance.store.profiles import KeptProfile
from irene.performance.view.amounts import clock_time, time_of

_HEADS = ("number", "when", "what", "level", "time", "processor", "most time in")


def styled_lines(profile: Profile, width: int) -> Iterator[str]:
    """Yield the profile; the first line of each part is bold."""
    begins_part = True
    for line in profile_lines(profile, width):
        yield click.style(line, bold=True) if begins_part else line
        begins_part = not line


def list_lines(kept: Sequence[KeptProfile]) -> Iterator[str]:
    """Yield a table of the profiles that are kept."""
    rows = [
        (
            str(one.number),
            clock_time(one.row.at),
            f"{one.row.name} ({one.row.kind})",
            one.row.level,
            time_of(one.row.seconds),
            time_of(one.row.cpu_s),
            one.row.top,
        )
        for one in kept
    ]
    yield from columns(_HEADS, rows)
