"""`irene config check`: everything that is wrong with a configuration, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config_path
from irene.errors import ConfigurationError

if TYPE_CHECKING:
    from irene.plugin.registry import ComponentRegistry


@click.command(name="check")
@takes_config_path
def command(chosen: ChosenConfig) -> int:
    """Say everything that is wrong with it.

    One line for each problem: file, line, key, what was found, what would be right. Without a PATH
    the configuration is checked that `irene run` would use. Warnings do not fail the check.
    Sentences are compiled, and words named that the recogniser can never hear; no engine is loaded.
    """
    from irene.config.checking import check_config
    from irene.config.loading import find_config

    label = find_config(chosen.source).label
    registry = chosen.registry()
    problems = check_config(chosen.source, registry=registry, overrides=chosen.overrides)
    for problem in problems:
        click.echo(str(problem))
    if any(problem.level == "error" for problem in problems):
        return ConfigurationError.exit_code
    return _check_spoken(label, chosen, registry)


def _check_spoken(label: str, chosen: ChosenConfig, registry: ComponentRegistry) -> int:
    """Say what is wrong with the sentences of a configuration that is sound itself."""
    from irene.components.assembly import Assembly
    from irene.components.spoken_check import check_spoken

    found = check_spoken(Assembly(chosen.load(registry), registry))
    for error in found.errors:
        click.echo(f"{label}: {error}")
    for doubt in found.doubts:
        click.echo(f"{label}: warning: {doubt}")
    if found.errors:
        return ConfigurationError.exit_code
    click.echo(f"{label}: ok")
    return 0
