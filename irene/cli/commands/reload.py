"""`irene reload`: a running assistant takes over what has changed in its configuration."""

from __future__ import annotations

import json

import click

from irene.cli.live.target import LiveTarget, takes_target


@click.command(name="reload")
@takes_target
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def command(target: LiveTarget, as_json: bool) -> int:
    """Have the configuration read anew.

    Only what changed is replaced, and nothing that is said meanwhile is lost. A file with mistakes
    changes nothing: they are told, and the exit status is 2.
    """
    from irene.cli.live.lines import tell_reload

    with target.connect() as client:
        report = client.ask("reload", patience_s=None)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False).encode())
        return 2 if report.get("refused") else 0
    return tell_reload(report)
