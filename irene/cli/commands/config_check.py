"""`irene config check`: everything that is wrong with a configuration, at once."""

from __future__ import annotations

import click

from irene.cli.configuration import ChosenConfig, takes_config_path
from irene.errors import ConfigurationError


@click.command(name="check")
@takes_config_path
def command(chosen: ChosenConfig) -> int:
    """Say everything that is wrong with it.

    One line for each problem: file, line, key, what was found, what would be right. Without a PATH
    the configuration is checked that `irene run` would use. Warnings do not fail the check.
    """
    from irene.config.checking import check_config
    from irene.config.loading import find_config

    label = find_config(chosen.source).label
    problems = check_config(chosen.source, registry=chosen.registry(), overrides=chosen.overrides)
    for problem in problems:
        click.echo(str(problem))
    if any(problem.level == "error" for problem in problems):
        return ConfigurationError.exit_code
    click.echo(f"{label}: ok")
    return 0
