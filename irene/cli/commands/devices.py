"""`irene devices`: the microphones and loudspeakers of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.terminal.layout import columns

if TYPE_CHECKING:
    from irene.cli.sound.devices import FoundDevices, SoundDevice


@click.command(name="devices")
@takes_config
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def command(chosen: ChosenConfig, as_json: bool) -> None:
    """List microphones and loudspeakers.

    The name of one, or a part of it, goes into `device =` of [inputs.providers.microphone] or
    [outputs.providers.speaker].
    """
    from irene.cli.sound.devices import find_devices

    registry = chosen.registry()
    found = find_devices(chosen.load(registry), registry)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found.devices]).encode())
    else:
        for line in _lines(found):
            click.echo(line)


def _lines(found: FoundDevices) -> Iterator[str]:
    for kind, title in (("inputs", "microphone"), ("outputs", "loudspeaker")):
        devices = [one for one in found.devices if one.kind == kind]
        if devices:
            yield from columns((title, "provider", "about"), [_row(one) for one in devices])
        else:
            yield f"no {title} was found"
    yield from found.failures
    if not found.devices:
        yield "without a sound device: `irene run --input FILE --output FILE.wav`"


def _row(device: SoundDevice) -> tuple[str, str, str]:
    default = "default" if device.is_default else ""
    about = ", ".join(part for part in (default, device.description) if part)
    return device.name, device.provider, about
