"""Which sound systems a configuration asks for, and whether they are installed."""

from __future__ import annotations

import importlib.util
import shutil

from irene import READY, Availability, ConfigurationError, needs_package
from irene_plugins.sound.system import Direction, SoundSystem

BACKENDS = ("auto", "miniaudio", "pipewire", "pulse", "alsa", "sounddevice", "null")
"""What `backend =` takes; `auto` tries them in this order, `null` only when it is named."""


def check_backend(backend: str, direction: Direction) -> Availability:
    """Say whether a backend is installed; whether a device is connected shows when it is opened."""
    if backend in ("miniaudio", "null"):
        return needs_package("miniaudio", "audio")
    if backend == "sounddevice":
        return needs_package("sounddevice", "mic")
    from irene_plugins.sound.programs import PROGRAMS

    programs = {system.name: system.programs[direction] for system in PROGRAMS}
    names = [programs[backend]] if backend in programs else list(programs.values())
    if any(shutil.which(name) for name in names):
        return READY
    if backend in programs:
        return Availability(False, f"program {names[0]!r} is not installed", 'backend = "auto"')
    found = importlib.util.find_spec("sounddevice") is not None
    return READY if found else needs_package("miniaudio", "audio")


def sound_systems(backend: str, owner: str) -> tuple[SoundSystem, ...]:
    """Return the sound systems to try, in order; what `auto` begins with is imported here.

    Raises:
        ConfigurationError: there is no such backend.
    """
    if backend not in BACKENDS:
        raise ConfigurationError(
            f"{owner}: backend = {backend!r}: use one of {', '.join(BACKENDS)}"
        )
    if backend != "auto":
        return (_known_systems()[backend](),)
    absent = {
        name for name in ("miniaudio", "sounddevice") if importlib.util.find_spec(name) is None
    }
    known = _known_systems().items()
    return tuple(system() for name, system in known if name not in absent | {"null"})


def _known_systems() -> dict[str, type[SoundSystem]]:
    """Return every sound system by name, in the order of `BACKENDS`; they are imported here."""
    from irene_plugins.sound.miniaudio_system import MiniaudioSystem, NullSystem
    from irene_plugins.sound.programs import PROGRAMS
    from irene_plugins.sound.sounddevice_system import SounddeviceSystem

    known: list[type[SoundSystem]] = [MiniaudioSystem, *PROGRAMS, SounddeviceSystem, NullSystem]
    return {system.name: system for system in known}
