"""Letting one provider listen to recordings as the assistant would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from irene.audio.gate import STEP_S
from irene.audio.plan import make_plan
from irene.audio.samples import frame_powers, to_float32, to_int16, to_mono
from irene.audio.streams import StreamTracks, Track
from irene.components.assembly import Assembly
from irene.components.slot import AudioSlot
from irene.config.loading import load_config
from irene.domain.audio import AudioChunk, ResampleQuality, Samples
from irene.plugin.registry import ComponentRegistry

LEAD_IN_S = 2.0
"""room before each recording: engines and noise floors settle on it"""
TAIL_S = 1.5
"""room after each recording: engines decide and endpoints fall in it"""
NOISE_DBFS = -70.0
"""level of the white noise that is the room where a recording has no background of its own"""
_QUIET_S = 0.2
"""length of the quietest stretch of a recording: its background"""
_QUIET_DB = 20.0
"""how far below the loudest stretch of a recording its background must lie"""
_STEADY_DB = 6.0
"""range of level over which a recording is one steady noise: nothing but background"""
_STEADY_S = 0.8
"""shortest recording of which that can be said"""


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


def in_room(clip: AudioChunk, has_background: bool = True, *, tail_s: float = TAIL_S) -> AudioChunk:
    """Return a clip with `LEAD_IN_S` of room before and `tail_s` after it.

    The room is noise with the spectrum and level of the clip's `background`; white noise of
    `NOISE_DBFS` where it has none. The same clip always gets the same noise.
    """
    rate, shape = clip.sample_rate, clip.samples.shape[1:]
    lead_in, tail = round(LEAD_IN_S * rate), round(tail_s * rate)
    white = np.random.default_rng(0).standard_normal((lead_in + tail, *shape))
    quiet = background(clip) if has_background else None
    room = white * 10 ** (NOISE_DBFS / 20) if quiet is None else _coloured(white, quiet)
    noise = np.clip(room, -1.0, 1.0).astype(np.float32)
    parts = (noise[:lead_in], to_float32(clip.samples), noise[lead_in:])
    return AudioChunk(to_int16(np.concatenate(parts)), rate)


def background(clip: AudioChunk) -> Samples | None:
    """Return the quietest 0.2 s of a clip, or None when there is no telling what its room is.

    They are background when they lie 20 dB below the loudest, or when the clip is at least 0.8 s
    of steady noise (its levels within 6 dB).
    """
    frame = round(_QUIET_S * clip.sample_rate)
    powers = frame_powers(to_mono(clip.samples), frame)
    if powers.size == 0:
        return None
    ratio = float(powers.min()) / max(float(powers.max()), 1e-12)
    is_steady = ratio >= 10 ** (-_STEADY_DB / 10) and clip.duration_s >= _STEADY_S
    if not is_steady and ratio > 10 ** (-_QUIET_DB / 10):
        return None
    start = int(powers.argmin()) * frame
    return clip.samples[start : start + frame]


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
        step = round(STEP_S * self._clip.sample_rate)
        for start in range(0, self._clip.n_samples, step):
            before = self.track.history.end
            samples = self._clip.samples[start : start + step]
            self._tracks.append(samples)
            yield self.track.history.view(before, self.track.history.end)
        before = self.track.history.end
        self._tracks.flush()
        yield self.track.history.view(before, self.track.history.end)


def _coloured(white: npt.NDArray[np.float64], quiet: Samples) -> npt.NDArray[np.float64]:
    """Return white noise that was given the spectrum and level of a quiet stretch."""
    n = white.shape[0]
    spectrum = np.fft.rfft(white, axis=0) * np.fft.rfft(to_float32(quiet), n, axis=0)
    coloured: npt.NDArray[np.float64] = np.fft.irfft(spectrum, n, axis=0)
    coloured /= np.sqrt(quiet.shape[0])
    return coloured
