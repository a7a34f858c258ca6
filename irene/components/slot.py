"""A slot that audio flows into: its providers, its settings, and the way to convert for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np

from irene.audio.plan import Consumer, Fallback, Route, make_plan, working_rate
from irene.audio.samples import to_mono
from irene.audio.streams import OpenConverter, Track
from irene.components.calls.watch import CallWatch
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.resampling.clip_conversion import ClipConversion
from irene.components.resampling.component import ResamplingComponent
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
        """Return what this slot, with the provider that serves now, asks of the audio plan.

        Fall-backs that cannot take its audio are left out from now on; the plan tells of them.
        """
        consumer = self._consumer_for(self.chain.current)
        for fallback in consumer.fallbacks:
            if not fallback.takes(working_rate(consumer)):
                self.chain.leave_out(fallback.provider)
        return consumer

    def expected_consumer(self) -> Consumer | None:
        """Return what `consumer` would, as far as that shows without loading an engine.

        None when the slot has no provider.
        """
        expected = self.chain.expected
        return None if expected is None else self._consumer_for(expected)

    def _consumer_for(self, serving: Candidate[P]) -> Consumer:
        section, capabilities = self.section, serving.provider.capabilities
        table = section.providers.get(serving.name)
        own_rate, own_channels = (table.sample_rate, table.channels) if table else (None, None)
        own_table = f"{self.name}.providers.{serving.name}"
        return Consumer(
            section=self.name,
            provider=serving.name,
            accepted_rates=capabilities.sample_rates,
            sample_rate=own_rate or section.sample_rate,
            channels=own_channels or section.channels,
            quality=section.resample_quality,
            allow_resampling=section.allow_resampling,
            strict=section.strict_validation,
            fallbacks=tuple(
                Fallback(one.name, one.provider.capabilities.sample_rates)
                for one in self.chain.candidates()
                if one.name != serving.name
            ),
            dtype=capabilities.dtype,
            window=getattr(capabilities, "window", 0),
            rate_key=f"{own_table}.sample_rate" if own_rate else "",
            channels_key=f"{own_table}.channels" if own_channels else "",
        )

    @property
    def open_converter(self) -> OpenConverter:
        """What starts a sample rate conversion, on the thread that asks for it."""
        return partial(self.resampling.open_stream, watch=CallWatch())

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
