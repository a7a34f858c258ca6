"""Checking a configuration without running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from irene.config.layers import Source
from irene.config.problems import Problem
from irene.config.reading import read_config
from irene.errors import ConfigurationError
from irene.plugin.registry import ComponentRegistry


def check_config(
    source: Source,
    *,
    registry: ComponentRegistry,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Return everything that is wrong with a configuration, errors and warnings, in order.

    Takes what `load_config` takes; a source that cannot be read is a problem like any other.
    """
    try:
        return read_config(source, registry, overrides, environ)[1]
    except ConfigurationError as error:
        return [problem for problem in error.problems if isinstance(problem, Problem)]
