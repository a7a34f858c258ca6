"""The contract of sample rate converters, as tests."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any, ClassVar

import numpy as np

from irene.audio.samples import to_float32
from irene.domain.audio import ResampleQuality, Samples
from irene.domain.kinds import Kind
from irene.providers.resampling import converted_length
from irene.testing.contracts.breach import require
from irene.testing.contracts.contract import ProviderContract
from irene.testing.signals import noise, speech, tone

_RATES = ((48000, 16000), (44100, 16000), (16000, 48000), (8000, 16000), (16000, 16000))
_LENGTHS = (0, 1, 2, 3, 159, 160, 161, 1000)
_CUTS = (1, 2, 7, 160, 441, 1000, 4096)


class ResamplingContract(ProviderContract):
    """Checks a `Resampler`: set `provider`."""

    kind = Kind.RESAMPLING
    rates: ClassVar[Sequence[tuple[int, int]]] = _RATES
    """conversions that are tried: from and to, Hz"""
    quality: ClassVar[ResampleQuality] = ResampleQuality.HQ

    def use(self, provider: Any, number: int) -> Any:
        """Convert a command, or noise, from 16 to 48 kHz."""
        audio = noise(0.5) if number else speech()
        return self.converted(provider, to_float32(audio), (16000, 48000))

    def same(self, one: Any, other: Any) -> bool:
        """Return whether two results are the same, bit for bit."""
        return bool(np.array_equal(one, other))

    def concurrency(self, provider: Any) -> int:
        """Every stream of audio is converted by a stream of its own."""
        return 2

    def converted(
        self,
        provider: Any,
        samples: Samples,
        rates: tuple[int, int],
        cuts: Sequence[int] = (1000,),
    ) -> Samples:
        """Return samples at another rate, converted piece by piece; lengths come round again."""
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        ready = []
        with closing(provider.open_stream(*rates, channels, self.quality)) as stream:
            start = turn = 0
            while start < len(samples):
                piece = samples[start : start + cuts[turn % len(cuts)]]
                ready.append(np.array(stream.process(piece)))
                start, turn = start + len(piece), turn + 1
            ready.append(np.array(stream.flush()))
        for piece in ready:
            require(
                piece.dtype == np.float32 and piece.ndim == samples.ndim,
                f"it returned {piece.dtype} of shape {piece.shape}",
                "return float32 of shape (n,), or (n, channels) for several channels",
            )
        return np.concatenate(ready)

    def test_n_samples_become_as_many_as_the_rates_say(self) -> None:
        """N become floor(n x target rate / source rate + 1/2), for any n, none included."""
        for rates in self.rates:
            for n_samples in _LENGTHS:
                made = self.converted(self.loaded, np.zeros(n_samples, np.float32), rates)
                wanted = converted_length(n_samples, *rates)
                require(
                    len(made) == wanted,
                    f"{n_samples} samples became {len(made)} from {rates[0]} to {rates[1]} Hz",
                    f"return {wanted} in all: `irene.converted_length` computes it",
                )

    def test_pieces_join_to_the_same_samples(self) -> None:
        """However a stream is cut, its outputs join to what a single piece becomes, bit for bit."""
        for rates in self.rates:
            samples = to_float32(noise(0.1, -12.0, rates[0]))
            whole = self.converted(self.loaded, samples, rates, (len(samples),))
            cut = self.converted(self.loaded, samples, rates, _CUTS)
            clip = self.loaded.convert(samples, *rates, self.quality)
            for made in (cut, clip):
                require(
                    np.array_equal(whole, made),
                    f"pieces differ from {rates[0]} to {rates[1]} Hz",
                    "keep the samples that the filter still needs, and count positions in integers",
                )

    def test_channels_are_converted_as_if_alone(self) -> None:
        """Shape (n, 2) becomes what its columns would."""
        rates = self.rates[0]
        both = np.stack([to_float32(tone(0.1, hz, -10.0, rates[0])) for hz in (300, 700)], axis=1)
        made = self.converted(self.loaded, both, rates)
        for column in (0, 1):
            alone = self.converted(self.loaded, np.ascontiguousarray(both[:, column]), rates)
            require(
                len(made) == len(alone) and bool(np.allclose(made[:, column], alone, atol=1e-5)),
                f"channel {column} of two differs from the same alone",
                "filter along the first axis",
            )

    def test_nothing_is_shifted_in_time(self) -> None:
        """Output sample k belongs to the time k / target rate: the filter's delay is made up for.

        A tone of 500 Hz, which every converter lets pass, keeps its level and its phase.
        """
        for source, target in self.rates:
            given, wanted = (to_float32(tone(0.2, 500.0, -12.0, rate)) for rate in (source, target))
            made = self.converted(self.loaded, given, (source, target))
            middle = slice(len(wanted) // 4, 3 * len(wanted) // 4)
            error = np.abs(made[middle] - wanted[middle]).max() / np.abs(wanted).max()
            require(
                error < 0.1,
                f"a tone is off by {error:.0%} of its level from {source} to {target} Hz",
                "hold samples back until the filter has what it needs, instead of shifting them",
            )

    def test_clipped_sound_stays_finite(self) -> None:
        """Full scale comes out as numbers, a little above full scale at most."""
        square = np.where(np.arange(4800) % 96 < 48, 1.0, -1.0).astype(np.float32)
        made = self.converted(self.loaded, square, self.rates[0])
        highest = float(np.abs(made).max())
        require(highest < 2.0, f"the peak is {highest}", "normalise the filter to 1")

    def test_samples_are_only_lent(self) -> None:
        """A piece is valid during the call, and left as it is."""
        rates = self.rates[0]
        samples = to_float32(noise(0.1, -12.0, rates[0]))
        whole = self.converted(self.loaded, samples, rates)
        ready = []
        with closing(self.loaded.open_stream(*rates, 1, self.quality)) as stream:
            for start in range(0, len(samples), 500):
                piece = samples[start : start + 500].copy()
                before = piece.copy()
                ready.append(np.array(stream.process(piece)))
                require(
                    np.array_equal(piece, before), "the input was changed", "work on a copy of it"
                )
                piece[:] = 1.0
            ready.append(np.array(stream.flush()))
        self.require_same(whole, np.concatenate(ready), "copy the samples that are needed later")

    def test_it_asks_for_no_more_than_it_needs(self) -> None:
        """With `wanted` fewer than announced, `process` returns nothing; with as many, it may."""
        rates = self.rates[0]
        with closing(self.loaded.open_stream(*rates, 1, self.quality)) as stream:
            for _ in range(20):
                wanted = stream.wanted
                require(
                    isinstance(wanted, int) and wanted >= 1,
                    f"wanted = {wanted!r}",
                    "count samples; 1 where it is not known",
                )
                early = stream.process(np.zeros(wanted - 1, np.float32)) if wanted > 1 else ()
                require(
                    len(early) == 0,
                    f"{len(early)} samples came though {wanted} more were wanted",
                    "never say more than is needed",
                )
                stream.process(np.zeros(1, np.float32))

    def test_twice_the_input_is_twice_the_output_where_declared(self) -> None:
        """`linear = True` lets irene give integers as floats of their own range."""
        if self.provider.linear:
            samples = to_float32(noise(0.1, -12.0, self.rates[0][0]))
            once = self.converted(self.loaded, samples, self.rates[0])
            large = self.converted(self.loaded, samples * np.float32(32768), self.rates[0])
            require(
                np.array_equal(once * np.float32(32768), large),
                "32768 times the input is not 32768 times the output",
                "set `linear = False`",
            )
