"""`irene config migrate`: a configuration of an earlier form in the form of today."""

from __future__ import annotations

import click

from irene.cli.configuration import ChosenConfig, takes_config_file
from irene.cli.error_border import tell

_EXAMPLES = """\b
Examples:
  irene config migrate                         what would change in the configuration in use
  irene config migrate irene.toml --write      change it; irene.toml.bak is what it was
"""


@click.command(name="migrate", epilog=_EXAMPLES)
@takes_config_file
@click.option("--write", "writes", is_flag=True, help="Change the file, and keep a backup.")
def command(chosen: ChosenConfig, writes: bool) -> None:
    """Bring it up to date.

    Prints what changes, as a diff: names that tables had before, keys that have no effect, and the
    version. Comments and order stay. It means the same before and after; a file of a later irene is
    refused.
    """
    from irene.config.migrating.migration import migration
    from irene.config.rewriting import Rewrite, put
    from irene.config.sources import find_config

    found = find_config(chosen.source)
    result = migration(found, chosen.registry())
    wanted = Rewrite(found.path, found.label, found.text, result.after)
    if result.after == found.text:
        click.echo(f"{found.label}: is up to date")
        return
    click.echo(wanted.diff, nl=False)
    for change in result.changes:
        tell(change)
    if writes:
        tell(f"written; what it was lies in {put(wanted).backup}")
    else:
        tell("nothing is written yet: --write does that, and keeps a backup")
