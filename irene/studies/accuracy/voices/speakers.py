"""Synthetic voices: programs that speak a text into a file, and what a microphone makes of it."""

from __future__ import annotations

import csv
import io
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from irene.audio.samples import to_float32, to_int16, to_mono
from irene.domain.audio import AudioChunk, Samples
from irene.errors import AudioFormatError, ConfigurationError
from irene.files.text import why_unreadable
from irene.performance.speech.recordings import read_audio
from irene.plugin.registry import ComponentRegistry

VOICES = Path(__file__).with_name("voices.csv")
"""voices of eSpeak NG that nothing in irene was fitted to"""
_COLUMNS = {"name", "accent", "command"}
SPEEDS = (0.85, 1.25)
"""slowest and fastest speech; 1 is how the voice speaks by itself"""
NOISE_DB = (12.0, 35.0)
"""how far speech lies above the noise"""
_WORDS = 165
"""words a minute at a speed of 1"""
_PATIENCE_S = 60.0
_QUIET = 0.01
"""share of the peak below which the ends of a clip are cut off"""
_LEVELS_DB = (-32.0, -16.0)
"""level of the speech, dBFS"""
_BEFORE_S = (0.1, 0.5)
_AFTER_S = (0.2, 0.8)
_PINK_SHARE = 0.6
"""share of the noises whose power falls by 3 dB per octave; the others are white"""

Sound = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Voice:
    """A program that speaks."""

    name: str
    accent: str
    """what voices are put together by in the tables"""
    command: str
    """command line; `{text}`, `{file}` (WAV to write), `{words}` (a minute), `{speed}` (1 is
    normal) and `{stretch}` (its inverse) are filled in"""

    @property
    def is_installed(self) -> bool:
        """Whether its program can be found."""
        return shutil.which(shlex.split(self.command)[0]) is not None

    def speak(self, text: str, speed: float, file: Path) -> None:
        """Write a text as a WAV file.

        Raises:
            ConfigurationError: the program fails, or writes nothing.
        """
        filled = {
            "text": text,
            "file": str(file),
            "words": str(round(_WORDS * speed)),
            "speed": f"{speed:.3f}",
            "stretch": f"{1 / speed:.3f}",
        }
        words = [part.format_map(filled) for part in shlex.split(self.command)]
        try:
            subprocess.run(words, check=True, capture_output=True, timeout=_PATIENCE_S)
        except (OSError, subprocess.SubprocessError) as error:
            raise ConfigurationError(f"voice {self.name!r}: {error}") from error
        if not file.is_file():
            raise ConfigurationError(f"voice {self.name!r}: its program wrote no {file.name}")


def read_voices(path: Path = VOICES) -> list[Voice]:
    """Return the voices of a CSV file with the columns name, accent and command.

    Raises:
        ConfigurationError: it cannot be read, lacks a column, or lists no voice.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path}: {why_unreadable(error)}; name a CSV file of voices"
        ) from error
    if not rows or not set(rows[0]) >= _COLUMNS:
        raise ConfigurationError(f"{path}: columns {', '.join(sorted(_COLUMNS))} are needed")
    return [Voice(row["name"], row["accent"], row["command"]) for row in rows]


class Studio:
    """Lets voices speak, and gives what a microphone would have heard."""

    def __init__(self) -> None:
        self._registry = ComponentRegistry.installed()

    def record(self, voice: Voice, text: str, seed: str) -> AudioChunk:
        """Return a text as int16 audio: at some speed and level, with some noise.

        Args:
            voice: who speaks.
            text: what is said.
            seed: the same one gives the same audio.

        Raises:
            IreneError: the program fails, or writes no audio.
        """
        rng = np.random.default_rng(list(seed.encode()))
        speed = rng.uniform(*SPEEDS)
        with TemporaryDirectory() as folder:
            file = Path(folder) / "spoken.wav"
            voice.speak(text, speed, file)
            clip = read_audio(file, self._registry)
        spoken = to_float32(to_mono(clip.samples)).astype(np.float64)
        return AudioChunk(heard(spoken, clip.sample_rate, rng), clip.sample_rate)


def heard(spoken: Sound, rate: int, rng: np.random.Generator) -> Samples:
    """Return speech as a microphone gives it, int16: between pauses, in steady noise.

    Raises:
        AudioFormatError: nothing is said.
    """
    loud = np.flatnonzero(np.abs(spoken) > _QUIET * np.abs(spoken).max(initial=0.0))
    if not loud.shape[0]:
        raise AudioFormatError("a voice was silent; a program that speaks would be right")
    speech = spoken[loud[0] : loud[-1] + 1]
    level = 10 ** (rng.uniform(*_LEVELS_DB) / 20)
    before, after = (np.zeros(round(rng.uniform(*s) * rate)) for s in (_BEFORE_S, _AFTER_S))
    clean = np.concatenate((before, speech * (level / np.sqrt(np.mean(speech**2))), after))
    noise = _noise(clean.shape[0], rng) * level * 10 ** (-rng.uniform(*NOISE_DB) / 20)
    return to_int16((clean + noise).astype(np.float32))


def _noise(n_samples: int, rng: np.random.Generator) -> Sound:
    """Return white noise, or noise that falls by 3 dB per octave, of a deviation of 1."""
    noise = rng.standard_normal(n_samples)
    if rng.random() < _PINK_SHARE:
        spectrum = np.fft.rfft(noise)
        noise = np.fft.irfft(spectrum / np.sqrt(np.arange(spectrum.shape[0]) + 20.0), n_samples)
    scaled: Sound = noise / noise.std()
    return scaled
