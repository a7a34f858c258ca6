"""A slot that audio flows into: its providers, its settings, and the way to convert for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from irene.audio.plan import Consumer, make_plan, working_rate
from irene.audio.streams import OpenConverter, StreamTracks, Track
from irene.components.chain import Candidate, ProviderChain
from irene.config.sections import AudioSection
from irene.domain.audio import AudioChunk
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
    open_converter: OpenConverter
    """starts a sample rate conversion"""
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

    def clip_track(self, clip: AudioChunk, tail_s: float = 0.0) -> Track:
        """Return a track that holds a whole clip, converted, with `tail_s` of silence after it.

        Raises:
            ConfigurationError: strict validation forbids the conversion.
        """
        plan = make_plan(clip.format, [self.consumer()])
        tracks = StreamTracks(plan, clip.duration_s + tail_s + 1.0, self.open_converter)
        tracks.append(clip)
        tail = np.zeros(int(tail_s * clip.sample_rate), clip.samples.dtype)
        tracks.append(AudioChunk(tail, clip.sample_rate, clip.end_s))
        tracks.flush()
        return tracks.of(self.name)
