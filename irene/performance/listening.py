"""Letting one provider listen to recordings as the assistant would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from irene.audio.plan import make_plan
from irene.audio.streams import StreamTracks, Track
from irene.components.assembly import Assembly
from irene.components.slot import AudioSlot
from irene.config.loading import load_config
from irene.domain.audio import AudioChunk, ResampleQuality
from irene.plugin.registry import ComponentRegistry

LEAD_IN_S = 2.0
"""room noise before each recording: engines and noise floors settle on it"""
TAIL_S = 1.5
"""room noise after each recording: engines decide and endpoints fall in it"""
NOISE_DBFS = -70.0
"""level of that noise: a quiet room behind a good microphone"""
_STEP_S = 0.1
"""audio per step, as in the assistant"""


def assembly_of(section: str, provider: str, **settings: Any) -> Assembly:
    """Return the default assembly, but with this provider, and no other, in one slot.

    Environment and files of the user are not read: what is measured are the defaults. The
    resampler is loaded already, so that it does not count as a cost of the provider.
    """
    registry = ComponentRegistry.installed()
    table = {"default_provider": provider, "fallback_providers": [], **settings}
    assembly = Assembly(load_config({section: table}, registry=registry, environ={}), registry)
    converter = assembly.open_converter()(48000, 16000, ResampleQuality.HQ)
    converter.process(np.zeros(48000, np.float32))
    return assembly


def in_room(clip: AudioChunk, lead_in_s: float = LEAD_IN_S, tail_s: float = TAIL_S) -> AudioChunk:
    """Return a clip, mono or not, with noise of `NOISE_DBFS` before and after it."""
    rate, shape = clip.sample_rate, clip.samples.shape[1:]
    lead_in = _noise((round(lead_in_s * rate), *shape), clip.samples.dtype)
    tail = _noise((round(tail_s * rate), *shape), clip.samples.dtype)
    return AudioChunk(np.concatenate([lead_in, clip.samples, tail]), rate)


class Playback:
    """A clip that is fed into the track of one slot, step by step."""

    def __init__(self, slot: AudioSlot[Any, Any], clip: AudioChunk) -> None:
        self._clip = clip
        plan = make_plan(clip.format, [slot.consumer()])
        self._tracks = StreamTracks(plan, clip.duration_s + 1.0, slot.open_converter)
        self.track: Track = self._tracks.of(slot.name)
        """what the provider listens to"""

    def __iter__(self) -> Iterator[npt.NDArray[np.int16]]:
        """Feed the next step and yield a view of the samples that it added to the track."""
        step = round(_STEP_S * self._clip.sample_rate)
        for start in range(0, self._clip.n_samples, step):
            before = self.track.history.end
            samples = self._clip.samples[start : start + step]
            self._tracks.append(AudioChunk(samples, self._clip.sample_rate))
            yield self.track.history.view(before, self.track.history.end)
        before = self.track.history.end
        self._tracks.flush()
        yield self.track.history.view(before, self.track.history.end)


def _noise(shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return the same white Gaussian noise on every call."""
    noise = np.random.default_rng(0).standard_normal(shape) * 10 ** (NOISE_DBFS / 20)
    return np.asarray(np.rint(noise * 32767) if dtype.kind == "i" else noise, dtype=dtype)
