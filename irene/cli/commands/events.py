"""`irene events`: what happens in a running assistant, as it happens."""

from __future__ import annotations

import json

import click

from irene.cli.live.target import LiveTarget, takes_target
from irene.errors import NotRunningError

_EXAMPLES = """\b
Examples:
  irene events
  irene events --json | jq 'select(.event == "transcript") | .text'
"""


@click.command(name="events", epilog=_EXAMPLES)
@takes_target
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per event.")
def command(target: LiveTarget, as_json: bool) -> None:
    """Follow what happens in the running assistant.

    Prints the same as `irene run`, from now on until the run ends or Ctrl-C. Any number of
    programs may follow; one that does not read is left behind, and told so by exit status 3.
    """
    from irene.cli.live.lines import followed_line

    name = ""
    with target.connect() as client:
        for event in client.follow():
            name = str(event.get("event"))
            line = json.dumps(event, ensure_ascii=False) if as_json else followed_line(event)
            click.echo(line.encode(errors="backslashreplace") if as_json else line)
    if name != "run_ended":
        raise NotRunningError("no more events come: the assistant has gone, or we read too slowly")
