"""A slot that audio flows into: its providers, its settings, and the way to convert for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from irene.audio.plan import Consumer, Route, make_plan, working_rate
from irene.audio.samples import to_mono
from irene.audio.streams import OpenConverter, Track
from irene.components.chain import Candidate, ProviderChain
from irene.components.clip_conversion import ClipConversion
from irene.components.resampling import ResamplingComponent
from irene.config.sections import AudioSection
from irene.domain.audio import AudioChunk, AudioData, Samples
from irene.providers.provider import Provider

P = TypeVar("P", bound=Provider[Any])
S = TypeVar("S", bound=AudioSection)


@dataclass(frozen=True)
class AudioSlot(Generic[P, S]):
    """What a component needs to fill an audio slot."""

    chain: ProviderChain[P]
    """the configured providers, best first"""
    section: S
    """the component's settings"""
    resampling: ResamplingComponent
    """what converts sample rates"""
    find: Callable[[str], Candidate[P]]
    """returns a provider by name, whether or not it stands in the chain"""

    @property
    def name(self) -> str:
        """Name of the slot's TOML section."""
        return str(self.chain.kind)

    def consumer(self) -> Consumer:
        """Return what this slot, with the provider that serves now, asks of the audio plan."""
        section = self.section
        serving = self.chain.current
        table = section.providers.get(serving.name)
        consumer = Consumer(
            section=self.name,
            provider=serving.name,
            accepted_rates=serving.provider.capabilities.sample_rates,
            sample_rate=(table.sample_rate if table else None) or section.sample_rate,
            channels=(table.channels if table else None) or section.channels,
            quality=section.resample_quality,
            allow_resampling=section.allow_resampling,
            strict=section.strict_validation,
        )
        self._drop_unfit(working_rate(consumer))
        return consumer

    def _drop_unfit(self, rate: int) -> None:
        """Take out the fall-backs that cannot take the slot's audio as it is."""
        for candidate in self.chain.candidates()[1:]:
            rates = candidate.provider.capabilities.sample_rates
            if rates and rate not in rates:
                takes = ", ".join(map(str, rates))
                self.chain.drop(
                    candidate.name,
                    f"takes {takes} Hz, while {self.name} works at {rate} Hz; "
                    f"set {self.name}.sample_rate to a rate that all its providers take",
                )

    @property
    def open_converter(self) -> OpenConverter:
        """What starts a sample rate conversion."""
        return self.resampling.open_stream

    def clip_track(self, clip: AudioChunk, tail_s: float = 0.0) -> Track:
        """Return a track that holds a whole clip, converted, with `tail_s` of silence after it.

        Blocks. A clip that was converted before is not converted again.

        Raises:
            ConfigurationError: strict validation forbids the conversion.
            ProviderUnavailableError: no resampler can be loaded.
            ProviderFailedError: every resampler has failed.
        """
        route = make_plan(clip.format, [self.consumer()]).routes[self.name]
        rate = route.target.sample_rate
        tail = np.zeros(int(tail_s * rate), np.int16)
        track = Track(rate, clip.duration_s + tail_s + 1.0, None)
        track.append(self._converted(clip, route))
        track.append(tail)
        return track

    def _converted(self, clip: AudioChunk, route: Route) -> Samples:
        """Return a clip as mono; int16 where its rate had to be converted."""
        if route.quality is None:
            return to_mono(clip.samples)
        conversion = ClipConversion.of(
            AudioData.from_chunk(clip), route.target.sample_rate, route.quality, 1, "pcm16"
        )
        parallel = self.section.parallel_processing
        return np.frombuffer(self.resampling.convert(conversion, parallel).data, np.int16)
