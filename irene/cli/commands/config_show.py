"""`irene config show`: the configuration in force, and where each value comes from."""

from __future__ import annotations

import click

from irene.cli.configuration import ChosenConfig, takes_config_path


@click.command(name="show")
@takes_config_path
@click.option("--origin", is_flag=True, help="Tell where each value comes from.")
def command(chosen: ChosenConfig, origin: bool) -> None:
    """Print the configuration in force.

    It is TOML with every key: defaults, the file, the environment and --set in one. Secrets are
    masked.
    """
    from irene.config.rendering import render_effective

    config = chosen.load(chosen.registry())
    click.echo(render_effective(config, origin=origin), nl=False)
