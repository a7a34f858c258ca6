"""One source stream, converted once for every format that somebody wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from irene.audio.history import History
from irene.audio.plan import AudioPlan, Route
from irene.audio.samples import to_float32, to_int16, to_mono
from irene.domain.audio import AudioChunk, ResampleQuality, Samples


class RateConverter(Protocol):
    """A running sample rate conversion."""

    consumers: int
    """how many listen to the output; set by whoever shares it"""

    def process(self, samples: Samples) -> Samples:
        """Take float32 samples and return what is ready."""
        ...

    def flush(self) -> Samples:
        """Return the rest."""
        ...


OpenConverter = Callable[[int, int, ResampleQuality], RateConverter]
"""(source rate, target rate, quality) -> a converter for one mono stream"""


class Track:
    """One format of the stream: a converter, if one is needed, and the last seconds of its output.

    Sample number k lies at `k / sample_rate` seconds of audio time.
    """

    def __init__(self, sample_rate: int, keep_s: float, converter: RateConverter | None) -> None:
        self.sample_rate = sample_rate
        """Hz"""
        self.history = History(int(keep_s * sample_rate))
        """mono int16"""
        self._converter = converter

    @property
    def end_s(self) -> float:
        """Audio time up to which samples have arrived."""
        return self.history.end / self.sample_rate

    def share(self) -> None:
        """Note that one more consumer listens."""
        if self._converter is not None:
            self._converter.consumers += 1

    def append(self, mono: Samples) -> None:
        """Take mono samples at the source's rate."""
        if self._converter is not None:
            mono = self._converter.process(to_float32(mono))
        self.history.append(to_int16(mono))

    def flush(self) -> None:
        """Append what the converter still holds back."""
        if self._converter is not None:
            self.history.append(to_int16(self._converter.flush()))
            self._converter = None

    def passed_over(self, position: int, keep_s: float, window: int) -> int:
        """Return the position after passing over all audio but about the last `keep_s` seconds.

        Whole windows are passed over: where they lie must not depend on how audio arrives.
        """
        behind = max(self.index(self.end_s - keep_s), self.history.start)
        return position + max(0, behind - position + window - 1) // window * window

    def index(self, time_s: float) -> int:
        """Return the number of the sample at this audio time."""
        return round(time_s * self.sample_rate)


class StreamTracks:
    """All formats of one source stream; consumers that want the same one share it."""

    def __init__(self, plan: AudioPlan, keep_s: float, open_converter: OpenConverter) -> None:
        self._tracks: dict[tuple[int, ResampleQuality | None], Track] = {}
        self._by_section: dict[str, Track] = {}
        for section, route in plan.routes.items():
            key = (route.target.sample_rate, route.quality)
            if key not in self._tracks:
                self._tracks[key] = _open_track(route, keep_s, open_converter)
            else:
                self._tracks[key].share()
            self._by_section[section] = self._tracks[key]

    def of(self, section: str) -> Track:
        """Return the track that a component listens to."""
        return self._by_section[section]

    def append(self, chunk: AudioChunk) -> None:
        """Convert a chunk once per format."""
        mono = to_mono(chunk.samples)
        for track in self._tracks.values():
            track.append(mono)

    def flush(self) -> None:
        """Bring every track to the very end of the stream."""
        for track in self._tracks.values():
            track.flush()


def _open_track(route: Route, keep_s: float, open_converter: OpenConverter) -> Track:
    converter = None
    if route.quality is not None:
        converter = open_converter(
            route.source.sample_rate, route.target.sample_rate, route.quality
        )
    return Track(route.target.sample_rate, keep_s, converter)
