"""`irene audio plan`: which audio goes where, and what is converted, before any flows."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.sound.options import input_overrides, takes_input
from irene.errors import ConfigurationError

if TYPE_CHECKING:
    from irene.domain.audio import AudioFormat
    from irene.pipeline.parts import Parts

_EXAMPLES = """\b
Examples:
  irene audio plan
  irene audio plan --rate 48000 --channels 2
  irene audio plan --input question.wav
  irene audio plan --json | jq '.conversions'
"""


@click.command(name="plan", epilog=_EXAMPLES)
@takes_config
@takes_input
@click.option("--rate", metavar="HZ", type=click.IntRange(1000, 384000), help="If it had this.")
@click.option("--channels", metavar="N", type=click.IntRange(1, 32), help="If it had so many.")
@click.option("--open", "opens", is_flag=True, help="Open the input: what it really brings counts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    *,
    chosen: ChosenConfig,
    source: str | None,
    rate: int | None,
    channels: int | None,
    opens: bool,
    as_json: bool,
) -> int:
    """Say what is converted to what.

    The format of the input, what each part of the assistant is fed, in which quality and with
    which delay, and what becomes of its voice. A file is looked at; a microphone has the
    configured format unless it is opened.

    Keys that cannot be followed are listed, all at once, with the line that cures them. The exit
    status is 2 when strict_validation makes one of them an error.
    """
    from irene.cli.sound.plan_lines import plan_lines
    from irene.domain.clock import SystemClock
    from irene.pipeline.audio_outline import Outliner
    from irene.pipeline.parts import Parts

    wanted = chosen.preceded_by(*input_overrides(source), option="--input")
    registry = wanted.registry()
    config = wanted.load(registry)
    parts = Parts(config, registry, lambda event: None)
    found, known_from = _source(parts, opens, rate is not None and channels is not None)
    if rate is not None or channels is not None:
        known_from = "option"
        found = replace(
            found, sample_rate=rate or found.sample_rate, channels=channels or found.channels
        )
    outline = Outliner(parts, config, SystemClock()).outline(found, known_from)
    if as_json:
        click.echo(json.dumps(asdict(outline), ensure_ascii=False).encode())
    else:
        for line in plan_lines(outline):
            click.echo(line)
    refused = any(conflict.level == "error" for conflict in outline.conflicts)
    return ConfigurationError.exit_code if refused else 0


def _source(parts: Parts, opens: bool, is_given: bool) -> tuple[AudioFormat, str]:
    """Return the format of the configured input, and where it is known from.

    Raises:
        AudioFormatError: a file is missing or no audio.
        ConfigurationError: only the open input knows.
        DeviceError: there is no such device.
    """
    from irene.domain.audio import AudioFormat
    from irene.providers.border import ForeignCode

    taken = parts.inputs.expected
    if taken is None:
        raise ConfigurationError("no inputs provider is enabled; set inputs.default_provider")
    with ForeignCode(f"input {taken.name!r}: "):
        if opens:
            taken.provider.load()
            stream = taken.provider.open_stream()
            try:
                return stream.format, "input"
            finally:
                stream.close()
        found = taken.provider.expected_format()
    if found is not None:
        return found, "input" if taken.name == "file" else "configuration"
    if is_given:
        return AudioFormat(0), "option"
    raise ConfigurationError(
        f"input {taken.name!r} says its format only when it is open; use --open, or --rate and "
        "--channels"
    )
