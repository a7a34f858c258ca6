"""The earcons of one assistant: its own formulas, or files that the user prefers."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, cast

import numpy as np

from irene.audio import earcons
from irene.audio.earcons import Clip
from irene.config.sections import SoundsSection
from irene.domain.audio import Samples
from irene.errors import ConfigurationError, IreneError
from irene.files.places import expand_home
from irene.pipeline.speaking.playback import Sound

Earcon = Literal["listening", "done", "error", "alarm"]
"""What an earcon says."""

LONGEST_S = 30.0
"""longest file that is taken for an earcon"""
_FORMULAS: Mapping[Earcon, Callable[[], Clip]] = {
    "listening": earcons.listening,
    "done": earcons.done,
    "error": earcons.error,
    "alarm": earcons.alarm,
}


class Earcons:
    """Holds the clip of each earcon that is switched on."""

    def __init__(self, section: SoundsSection | None = None) -> None:
        """Without a section there are none."""
        self._section = section
        self._clips: dict[Earcon, Clip] = {}

    def load(self) -> None:
        """Make the clips, and read those that are files.

        Raises:
            ConfigurationError: a file is missing, or is no WAV file that can be used.
        """
        if self._section is None:
            return
        for name, formula in _FORMULAS.items():
            wanted: bool | str = getattr(self._section, name)
            if isinstance(wanted, str):
                self._clips[name] = _read(f"sounds.{name}", wanted)
            elif wanted:
                self._clips[name] = formula()

    def check(self) -> Iterator[tuple[str, ConfigurationError]]:
        """Yield the key of each file that cannot be used, with the reason."""
        for name in _FORMULAS:
            wanted = getattr(self._section, name, None)
            if isinstance(wanted, str):
                try:
                    _read(f"sounds.{name}", wanted)
                except ConfigurationError as error:
                    yield f"sounds.{name}", error

    def of(self, name: Earcon) -> Clip | None:
        """Return a clip; None when it is switched off."""
        return self._clips.get(name)


class ClipSource:
    """A sound source that plays one clip."""

    progress = 0

    def __init__(self, clip: Clip) -> None:
        self._clip = clip

    def sounds(self) -> Iterator[Sound]:
        """Yield the clip."""
        yield Sound(self._clip.samples, self._clip.sample_rate)

    def stop(self) -> None:
        """There is nothing that could be stopped."""

    def blame(self, late: IreneError) -> bool:
        """Whatever took too long was the output."""
        return False


def _read(key: str, name: str) -> Clip:
    """Read a WAV file of 16 bits as mono."""
    path = expand_home(name)
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2 or file.getnframes() > LONGEST_S * file.getframerate():
                raise wave.Error(f"it has {8 * file.getsampwidth()} bits or is too long")
            rate, n_channels = file.getframerate(), file.getnchannels()
            frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    except (OSError, EOFError, wave.Error) as error:
        reason = getattr(error, "strerror", None) or str(error) or "it is damaged"
        takes = f"a WAV file of 16 bits and at most {LONGEST_S:g} s, true or false"
        raise ConfigurationError(f"{key} = {name!r}: {reason}; it takes {takes}") from error
    mono = frames[: frames.size // n_channels * n_channels].reshape(-1, n_channels).mean(axis=1)
    return Clip(cast("Samples", np.rint(mono).astype(np.int16)), rate)
