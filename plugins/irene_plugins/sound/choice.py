"""Which sound systems a configuration asks for, and whether they are installed."""

from __future__ import annotations

import importlib.util
import shutil
from types import MappingProxyType

from irene import READY, Availability, ConfigurationError, needs_package
from irene_plugins.sound.miniaudio_system import MiniaudioSystem, NullSystem
from irene_plugins.sound.programs import AlsaSystem, PipewireSystem, ProgramSystem, PulseSystem
from irene_plugins.sound.sounddevice_system import SounddeviceSystem
from irene_plugins.sound.system import Direction, SoundSystem

PROGRAMS: tuple[type[ProgramSystem], ...] = (PipewireSystem, PulseSystem, AlsaSystem)
_KNOWN: tuple[type[SoundSystem], ...] = (
    MiniaudioSystem,
    *PROGRAMS,
    SounddeviceSystem,
    NullSystem,
)
_SYSTEMS = MappingProxyType({system.name: system for system in _KNOWN})
BACKENDS = ("auto", *_SYSTEMS)
"""What `backend =` takes; `auto` tries them in this order, `null` only when it is named."""


def check_backend(backend: str, direction: Direction) -> Availability:
    """Say whether a backend is installed; whether a device is connected shows when it is opened."""
    if backend in ("miniaudio", "null"):
        return needs_package("miniaudio", "audio")
    if backend == "sounddevice":
        return needs_package("sounddevice", "mic")
    programs = {system.name: system.programs[direction] for system in PROGRAMS}
    names = [programs[backend]] if backend in programs else list(programs.values())
    if any(shutil.which(name) for name in names):
        return READY
    if backend in programs:
        return Availability(False, f"program {names[0]!r} is not installed", 'backend = "auto"')
    found = importlib.util.find_spec("sounddevice") is not None
    return READY if found else needs_package("miniaudio", "audio")


def sound_systems(backend: str, owner: str) -> tuple[SoundSystem, ...]:
    """Return the sound systems to try, in order; their libraries are imported here.

    Raises:
        ConfigurationError: there is no such backend.
    """
    if backend not in BACKENDS:
        raise ConfigurationError(
            f"{owner}: backend = {backend!r}: use one of {', '.join(BACKENDS)}"
        )
    if backend != "auto":
        return (_SYSTEMS[backend](),)
    absent = {
        name for name in ("miniaudio", "sounddevice") if importlib.util.find_spec(name) is None
    }
    return tuple(_SYSTEMS[name]() for name in _SYSTEMS if name not in absent | {"null"})
