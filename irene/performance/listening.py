"""Letting one provider listen to recordings as the assistant would."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from irene.audio.plan import make_plan
from irene.audio.samples import frame_powers, power_db, to_int16, to_mono
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
ROOM_DBFS = (-70.0, -55.0)
"""quietest and loudest room noise; between them it is as loud as the recording's background"""
_QUIET_SHARE = 10
"""percentile of the levels of a recording's frames that counts as its background"""
_FRAME_S = 0.02
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
    """Return a clip with white noise before and after it; `ROOM_DBFS` tells how loud."""
    rms = 10 ** (float(np.clip(background_db(clip), *ROOM_DBFS)) / 20)
    noise = partial(_noise, clip, rms)
    samples = np.concatenate([noise(lead_in_s), clip.samples, noise(tail_s)])
    return AudioChunk(samples, clip.sample_rate)


def background_db(clip: AudioChunk) -> float:
    """Return the level of a clip's quiet frames (the 10th percentile of 20 ms) in dBFS."""
    frame = min(round(_FRAME_S * clip.sample_rate), clip.n_samples)
    powers = frame_powers(to_mono(clip.samples), frame)
    return power_db(float(np.percentile(powers, _QUIET_SHARE)))


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


def _noise(clip: AudioChunk, rms: float, seconds: float) -> npt.NDArray[Any]:
    """Return Gaussian noise in the format of a clip, the same on every call."""
    shape = (round(seconds * clip.sample_rate), *clip.samples.shape[1:])
    noise = rms * np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    return noise if clip.samples.dtype == np.float32 else to_int16(np.clip(noise, -1.0, 1.0))
