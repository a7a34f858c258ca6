"""`irene say`: one text, spoken by the configured voice."""

from __future__ import annotations

import sys

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.live.target import LiveTarget, name_option
from irene.cli.sound.options import output_overrides, takes_output
from irene.errors import CheckFailedError

_EXAMPLES = """\b
Examples:
  irene say "Good morning."
  irene say --output hello.wav --set tts.rate=0.8 Hello there
  date | irene say -
  irene say --live Dinner is ready.        through the assistant that is running
"""


@click.command(name="say", epilog=_EXAMPLES)
@click.argument("words", metavar="TEXT...", nargs=-1, required=True)
@takes_config
@takes_output
@click.option("--live", is_flag=True, help="Let the running assistant say it.")
@name_option
def command(
    words: tuple[str, ...],
    chosen: ChosenConfig,
    target: str | None,
    live: bool,
    name: str | None,
) -> None:
    """Speak a text.

    The text may be several words; - reads it from standard input. The running assistant (--live)
    says it when nobody talks to it, and the command returns when it has been said.
    """
    context = click.get_current_context()
    text = sys.stdin.read() if words == ("-",) else " ".join(words)
    if not text.strip():
        raise click.UsageError("the text is empty", context)
    if live:
        if target is not None or chosen.overrides:
            raise click.UsageError("--live goes without --output and --set", context)
        click.echo(_say_live(text.strip(), LiveTarget(name, chosen.source)))
        return
    if name is not None:
        raise click.UsageError("--name goes with --live", context)
    from irene.cli.sound.speaking import speak

    wanted = chosen.preceded_by(*output_overrides(target), option="--output")
    wanted = wanted.preceded_by("tts.enabled=true")
    registry = wanted.registry()
    click.echo(speak(text.strip(), wanted.load(registry), registry))


def _say_live(text: str, target: LiveTarget) -> str:
    with target.connect() as client:
        if not client.ask("say", {"text": text}, patience_s=None)["said"]:
            raise CheckFailedError("it was not said: somebody wanted silence, or the run ended")
    return "said"
