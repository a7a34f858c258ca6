"""`irene say`: one text, spoken by the configured voice."""

from __future__ import annotations

import sys

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.sound_options import output_overrides, takes_output

_EXAMPLES = """\b
Examples:
  irene say "Good morning."
  irene say --output hello.wav --set tts.rate=0.8 Hello there
  date | irene say -
"""


@click.command(name="say", epilog=_EXAMPLES)
@click.argument("words", metavar="TEXT...", nargs=-1, required=True)
@takes_config
@takes_output
def command(words: tuple[str, ...], chosen: ChosenConfig, target: str | None) -> None:
    """Speak a text.

    The text may be several words; - reads it from standard input.
    """
    from irene.cli.speaking import speak

    text = sys.stdin.read() if words == ("-",) else " ".join(words)
    if not text.strip():
        raise click.UsageError("the text is empty", click.get_current_context())
    wanted = chosen.preceded_by(*output_overrides(target), option="--output")
    wanted = wanted.preceded_by("tts.enabled=true")
    registry = wanted.registry()
    click.echo(speak(text.strip(), wanted.load(registry), registry))
