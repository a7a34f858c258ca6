"""Which targets are wanted."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from irene.errors import ConfigurationError
from irene.studies.targets.target import Measurement, Target


@dataclass(frozen=True)
class TargetOptions:
    """What a run of all targets is asked for."""

    only: tuple[str, ...] = ()
    """names of targets or of measurements, or patterns such as `streams-*`; none: all"""
    quick: bool = False
    """whether only what is measured in some seconds is"""
    peers: Path | None = None
    """interpreter of packages that are compared with; None: they are not"""


def chosen(
    options: TargetOptions, targets: Sequence[Target], measurements: Sequence[Measurement]
) -> list[Target]:
    """Return the targets that are wanted, in their order.

    Raises:
        ConfigurationError: no target or measurement has one of the names.
    """
    quick = {one.name for one in measurements if one.is_quick}
    for wanted in options.only:
        if not any(_is_meant(wanted, target) for target in targets):
            raise ConfigurationError(_unknown(wanted, targets))
    return [
        target
        for target in targets
        if not options.only or any(_is_meant(wanted, target) for wanted in options.only)
        if not options.quick or target.measurement in quick
    ]


def needed(targets: Sequence[Target], measurements: Sequence[Measurement]) -> list[Measurement]:
    """Return the measurements that settle these targets, from the quick to the slow."""
    names = {target.measurement for target in targets}
    return [one for one in measurements if one.name in names]


def _is_meant(wanted: str, target: Target) -> bool:
    return fnmatchcase(target.name, wanted) or wanted == target.measurement


def _unknown(wanted: str, targets: Sequence[Target]) -> str:
    names = [one.name for one in targets]
    near = difflib.get_close_matches(wanted, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`irene benchmark --targets --list`"
    return f"no target is called {wanted!r}; {hint}"
