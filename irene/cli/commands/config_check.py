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

    What the run would refuse is looked for, too: wake words, voices and sounds that are not there,
    conflicts of the audio plan, an input file or a model that is missing. So is a provider of yours
    that is not ready while another one is. Sentences are compiled, and words named that the
    recogniser can never hear. No recogniser is loaded.
    """
    from irene.cli.configuration_findings import part_findings, sentence_findings
    from irene.config.checking import check_config
    from irene.config.loading import find_config

    label = find_config(chosen.source).label
    registry = chosen.registry()
    problems = check_config(chosen.source, registry=registry, overrides=chosen.overrides)
    for problem in problems:
        click.echo(str(problem))
    if any(problem.level == "error" for problem in problems):
        return ConfigurationError.exit_code
    config = chosen.load(registry)
    exit_code = 0
    for one in (
        *part_findings(config, registry),
        *sentence_findings(label, config, registry),
    ):
        exit_code = exit_code or one.exit_code
        click.echo(one.line)
    if exit_code == 0:
        click.echo(f"{label}: ok")
    return exit_code
