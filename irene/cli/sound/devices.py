"""The devices that inputs and outputs can use, and why there are none where there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from irene.config.sections import Config
from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.plugin.registry import ComponentRegistry
from irene.providers.border import ForeignCode, one_line
from irene.providers.input import Input
from irene.providers.output import Output


@dataclass(frozen=True)
class SoundDevice:
    """A microphone or loudspeaker."""

    kind: str
    """`inputs` or `outputs`"""
    provider: str
    """provider that can use it"""
    name: str
    """what `device =` takes"""
    description: str
    """human name, rates and the like"""
    is_default: bool
    """whether it is used when no device is named"""


@dataclass(frozen=True)
class FoundDevices:
    """All devices, and what stood in the way of finding some."""

    devices: tuple[SoundDevice, ...]
    failures: tuple[str, ...]
    """one line for each provider that could not look"""


def find_devices(config: Config, registry: ComponentRegistry) -> FoundDevices:
    """Ask every input and output for its devices, with the options of the configuration."""
    devices: list[SoundDevice] = []
    failures: list[str] = []
    for kind in (Kind.INPUT, Kind.OUTPUT):
        for name in registry.entries(kind):
            try:
                with ForeignCode():
                    devices.extend(_devices_of(kind, name, config, registry))
            except IreneError as error:
                failures.append(one_line(error))
    return FoundDevices(tuple(devices), tuple(failures))


def _devices_of(
    kind: Kind, name: str, config: Config, registry: ComponentRegistry
) -> list[SoundDevice]:
    table = getattr(config, str(kind)).providers.get(name)
    options = table.options if table is not None else None
    provider = cast("Input[Any] | Output[Any]", registry.create(kind, name, options))
    try:
        return [
            SoundDevice(str(kind), name, one.name, one.description, one.is_default)
            for one in provider.devices()
        ]
    finally:
        provider.close()
