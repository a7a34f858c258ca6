"""`irene ask`: one question in writing, its answer as text or as events."""

from __future__ import annotations

import asyncio
import os

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.terminal.standard_streams import reserved_stdout

_EXAMPLES = """\b
Examples:
  irene ask what time is it
  irene ask "set a timer for five minutes and what day is it"
  irene ask --json turn on the kitchen light | jq 'select(.event == "intent_recognized")'
"""


@click.command(name="ask", epilog=_EXAMPLES)
@click.argument("words", metavar="TEXT...", nargs=-1, required=True)
@takes_config
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per event.")
def command(words: tuple[str, ...], chosen: ChosenConfig, as_json: bool) -> int:
    """Ask something in writing.

    The same sentences and handlers answer as in speech; no sound is heard or made. The exit status
    is 6 when it was not understood, and 3 when a handler failed, also one that apologises itself.
    """
    from irene.cli.runs.event_printers import JsonPrinter
    from irene.cli.runs.typed_run import AnswerPrinter, TypedRun

    text = os.fsencode(" ".join(words)).decode(errors="replace").strip()  # as typed lines are read
    if not text:
        raise click.UsageError("the text is empty", click.get_current_context())
    registry = chosen.registry()
    config = chosen.load(registry)
    with reserved_stdout() as write:
        printer = JsonPrinter(write) if as_json else AnswerPrinter(write)
        run = TypedRun(config, registry, printer)
        asyncio.run(run.ask(text))
    return run.exit_code
