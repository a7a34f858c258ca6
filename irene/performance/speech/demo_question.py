"""The demo's question, with room around it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from irene.audio.samples import to_int16
from irene.config.loading import find_config
from irene.domain.audio import AudioChunk


def demo_recording() -> str:
    """Return the path of the recording that comes with irene: a wake word and a question."""
    return str(Path(find_config("demo").path or "").with_name("demo.wav"))


def demo_question(tail_s: float, lead_in_s: float = 0.0) -> AudioChunk:
    """Return the demo's recording as int16 mono with digital silence before and after it.

    The recording is over before the configured end silence is: without a tail the end of the
    input ends the utterance, not the endpointer.
    """
    clip = read_recording(Path(demo_recording()))
    n_before, n_after = (round(time_s * clip.sample_rate) for time_s in (lead_in_s, tail_s))
    return AudioChunk(np.pad(clip.samples, (n_before, n_after)), clip.sample_rate)


def read_recording(path: Path) -> AudioChunk:
    """Return a WAV file of int16 and one channel, such as `write_recording` makes of mono."""
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
        return AudioChunk(samples, file.getframerate())


def write_recording(clip: AudioChunk, path: Path) -> None:
    """Write a clip to a WAV file of int16, with as many channels as it has."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(clip.samples.shape[1] if clip.samples.ndim > 1 else 1)
        file.setsampwidth(2)
        file.setframerate(clip.sample_rate)
        file.writeframes(to_int16(clip.samples).astype("<i2").tobytes())
