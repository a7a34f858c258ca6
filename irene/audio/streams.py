"""One source stream, converted once for every format that somebody wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Protocol, TypeVar

from irene.audio.history import History
from irene.audio.plan import AudioPlan, Route
from irene.audio.samples import INT16, to_mono, to_steps
from irene.audio.timeline import Timeline
from irene.domain.audio import ResampleQuality, Samples
from irene.errors import IreneError

K = TypeVar("K")


class RateConverter(Protocol):
    """A running sample rate conversion."""

    consumers: int
    """how many listen to the output; set by whoever shares it"""

    def process(self, samples: Samples) -> Samples:
        """Take float32 samples, valid during the call only, and return what is ready.

        Both in steps of int16: full scale is 32768.
        """
        ...

    def wanted_for(self, n_samples: int) -> int:
        """Return how many samples `process` needs, at least, until it has returned so many."""
        ...

    def flush(self) -> Samples:
        """Return the rest; the conversion is over after this."""
        ...

    def close(self) -> None:
        """End it without the rest, unless it is over; never while another thread is in it."""
        ...


OpenConverter = Callable[[int, int, ResampleQuality], RateConverter]
"""(source rate, target rate, quality) -> a converter for one mono stream"""


class Track:
    """One format of the stream: a converter, if one is needed, and the last seconds of its output.

    Sample number k lies at `k / sample_rate` seconds of audio time, later by what was lost before.
    """

    def __init__(self, sample_rate: int, keep_s: float, converter: RateConverter | None) -> None:
        self.sample_rate = sample_rate
        """Hz"""
        self.history = History(int(keep_s * sample_rate))
        """mono int16"""
        self._converter = converter
        self._timeline = Timeline(sample_rate)
        self.time_s: Callable[[int], float] = self._timeline.time_s
        """the audio time of a sample, seconds"""
        self.behind_s: Callable[[int], float] = self._timeline.behind_s
        """the audio time right behind the sample before this one, seconds: where a window ends"""

    @property
    def end_s(self) -> float:
        """Audio time up to which samples have arrived."""
        return self.time_s(self.history.end)

    def share(self) -> None:
        """Note that one more consumer listens."""
        if self._converter is not None:
            self._converter.consumers += 1

    @property
    def is_converted(self) -> bool:
        """Whether `append` wants float32."""
        return self._converter is not None

    def is_converted_by(self, converter: object) -> bool:
        """Whether this is its converter."""
        return self._converter is converter

    def append(self, mono: Samples) -> int:
        """Take mono samples at the source's rate; return how many this made at the track's.

        They have to be float32 in steps of int16 where `is_converted`; else int16 will do, too.
        """
        if self._converter is not None:
            mono = self._converter.process(mono)
        elif mono.dtype == INT16:
            self.history.append(mono)
            return len(mono)
        n_made = len(mono)
        if n_made:
            self.history.append_steps(mono)
        return n_made

    def wanted(self, end: int) -> int:
        """Return how many more samples of the source it takes, at least, to reach sample `end`.

        With fewer there is nothing new, or nothing for a consumer that waits for that sample.
        """
        missing = end - self.history.end
        return missing if self._converter is None else self._converter.wanted_for(missing)

    def flush(self) -> None:
        """Append what the converter still holds back."""
        converter, self._converter = self._converter, None
        if converter is not None:
            self.append(converter.flush())

    def close(self) -> None:
        """Free the converter; what it still holds back is not wanted."""
        converter, self._converter = self._converter, None
        if converter is not None:
            converter.close()

    def convert_with(self, converter: RateConverter | None) -> None:
        """Go on with another converter; what the one before held back comes first."""
        with suppress(IreneError):  # whoever fails in its last moment has told so
            self.flush()
        self._converter = converter

    def begin_at(self, index: int, lost_s: float) -> None:
        """Begin in the middle of a stream: with this sample, after losses of so many seconds."""
        self.history.begin_at(index)
        self._timeline.jump(0, lost_s)

    def be_alone(self) -> None:
        """Note that one consumer listens; each further one calls `share`."""
        if self._converter is not None:
            self._converter.consumers = 1

    def passed_over(self, position: int, keep_s: float, window: int, end: int | None = None) -> int:
        """Return the position after passing over all audio but about the last `keep_s` seconds.

        Whole windows are passed over: where they lie must not depend on how audio arrives. `end` is
        where it ended when it was to be passed over; now, unless given.
        """
        end = self.history.end if end is None else end
        behind = end - round(keep_s * self.sample_rate) - position
        if behind <= 0:
            return position
        behind = max(behind, self.history.start - position)
        return position + (behind + window - 1) // window * window

    def index(self, time_s: float) -> int:
        """Return the number of the sample at this audio time."""
        return self._timeline.number(time_s)

    def jump(self, index: int, seconds: float) -> None:
        """Note that so much of the stream was lost right before a sample that comes next."""
        self._timeline.forget(self.history.start)
        self._timeline.jump(index, seconds)


class StreamTracks:
    """All formats of one source stream; consumers that want the same one share it."""

    def __init__(self, plan: AudioPlan, keep_s: float, open_converter: OpenConverter) -> None:
        self._tracks: dict[tuple[int, ResampleQuality | None], Track] = {}
        self._by_section: dict[str, Track] = {}
        self.source_rate = plan.source.sample_rate
        """Hz"""
        self._n_source = 0
        self._lost_s = 0.0
        self.newest: Samples | None = None
        """what was appended last, as it came, if the only track took it so: valid as long as that
        is; else None"""
        converters = _opened({_key(route): route for route in plan.routes.values()}, open_converter)
        self._lay(
            plan, lambda route: Track(route.target.sample_rate, keep_s, converters[_key(route)])
        )

    def _lay(self, plan: AudioPlan, open_track: Callable[[Route], Track]) -> None:
        """Assign every consumer of a plan the track of its format; open those that are missing."""
        self._tracks, self._by_section = {}, {}
        for section, route in plan.routes.items():
            key = _key(route)
            if key not in self._tracks:
                self._tracks[key] = open_track(route)
            else:
                self._tracks[key].share()
            self._by_section[section] = self._tracks[key]
        tracks = self._tracks.values()
        self.is_one = len(tracks) == 1
        """whether everybody listens to the same track"""
        self._converted = tuple(track for track in tracks if track.is_converted)
        self._unconverted = tuple(track for track in tracks if not track.is_converted)
        is_plain = self.is_one and not self._converted
        self._plain = self._unconverted[0].history if is_plain else None

    def renew(
        self, plan: AudioPlan, keep_s: float, open_converter: OpenConverter, afresh: bool = False
    ) -> None:
        """Follow another plan for the same source from the next chunk on; no sample is lost.

        A track whose rate is still wanted stays, with all it keeps; its converter stays, too,
        unless the quality is another or all are to be opened `afresh`. One of a new rate begins
        here.

        Raises:
            ProviderUnavailableError: no resampler can be loaded; nothing has changed then.
            ProviderFailedError: none of them can convert; nothing has changed then.
        """
        routes = {route.target.sample_rate: route for route in plan.routes.values()}
        known = {rate: (quality, track) for (rate, quality), track in self._tracks.items()}
        others = _opened(
            {
                rate: route
                for rate, route in routes.items()
                if afresh or rate not in known or known[rate][0] is not route.quality
            },
            open_converter,
        )
        tracks = {}
        for rate in routes:
            track = tracks[rate] = known[rate][1] if rate in known else self._begun(rate, keep_s)
            track.history.grow(int(keep_s * rate))
            if rate in others:
                track.convert_with(others[rate])
            track.be_alone()
        self._lay(plan, lambda route: tracks[route.target.sample_rate])
        for rate in known.keys() - tracks.keys():
            known[rate][1].close()

    def _begun(self, rate: int, keep_s: float) -> Track:
        """Return a track that begins with the next chunk."""
        track = Track(rate, keep_s, None)
        track.begin_at(round(self._n_source * rate / self.source_rate), self._lost_s)
        return track

    def of(self, section: str) -> Track:
        """Return the track that a component listens to."""
        return self._by_section[section]

    def append(self, samples: Samples) -> int:
        """Convert samples once per format; return how many this made in all tracks.

        Converters compute in bursts: often there are none.
        """
        mono = samples if samples.ndim == 1 else to_mono(samples)
        n_samples = len(mono)
        self._n_source += n_samples
        if self._plain is not None and mono.dtype is INT16:
            self._plain.append(mono)
            self.newest = mono
            return n_samples
        self.newest = None
        return self._take(mono, self._converted)

    def go_on(self, samples: Samples, hung: object) -> None:
        """Take the rest of samples: `append` hangs in this converter, on a thread that was left.

        Where it is none of these tracks' converters, they have all that there is.
        """
        left = [number for number, one in enumerate(self._converted) if one.is_converted_by(hung)]
        if left:
            mono = samples if samples.ndim == 1 else to_mono(samples)
            self._take(mono, self._converted[left[0] :])

    def jump(self, seconds: float) -> None:
        """Note that so much of the source was lost right before the next chunk."""
        self._lost_s += seconds
        for track in self._tracks.values():
            track.jump(round(self._n_source * track.sample_rate / self.source_rate), seconds)

    def flush(self) -> None:
        """Bring every track to the very end of the stream."""
        for track in self._tracks.values():
            track.flush()

    def close(self) -> None:
        """Free every converter, of a stream that may not have come to its end."""
        for track in self._tracks.values():
            track.close()

    def _take(self, mono: Samples, converted: Sequence[Track]) -> int:
        """Append to these of the converted tracks, and to those that need no conversion."""
        made = 0
        if converted:
            steps = to_steps(mono)
            for track in converted:
                made += track.append(steps)
        if self._unconverted:
            kept = mono if mono.dtype == INT16 else to_steps(mono)
            for track in self._unconverted:
                made += track.append(kept)
        return made


def _key(route: Route) -> tuple[int, ResampleQuality | None]:
    """Return what routes have in common that share a track."""
    return route.target.sample_rate, route.quality


def _opened(
    routes: Mapping[K, Route], open_converter: OpenConverter
) -> dict[K, RateConverter | None]:
    """Open the converter of each route that needs one; all of them, or none."""
    with ExitStack() as undo:
        opened: dict[K, RateConverter | None] = {}
        for key, route in routes.items():
            opened[key] = None
            if route.quality is not None:
                rates = route.source.sample_rate, route.target.sample_rate
                converter = opened[key] = open_converter(*rates, route.quality)
                undo.callback(converter.close)
        undo.pop_all()
    return opened
