"""The contract of echo cancellers, as tests."""

from __future__ import annotations

from contextlib import closing
from typing import Any, ClassVar

import numpy as np

from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.testing.contracts.breach import require
from irene.testing.contracts.contract import ProviderContract
from irene.testing.signals import Signal, full_scale, noise, silence, speech

_DELAY_S = 0.06
_ECHO = 0.3


class EchoCancellationContract(ProviderContract):
    """Checks an `EchoCanceller`: set `provider`."""

    kind = Kind.ECHO_CANCELLATION
    reduction_db: ClassVar[float] = 6.0
    """by how much an echo must have become quieter after a few seconds"""

    def use(self, provider: Any, number: int) -> Any:
        """Take the echo of a command, or of noise, out of the microphone."""
        rate = self.rate(provider)
        played = (
            noise(0.6, -20.0, rate) if number else speech(sample_rate=rate)[: round(0.6 * rate)]
        )
        return self.cleaned(provider, _echo_of(played, rate), played, rate)

    def same(self, one: Any, other: Any) -> bool:
        """Return whether two results are as good as equal: one step of int16."""
        steps = np.abs(one.astype(np.int32) - other.astype(np.int32))
        return one.shape == other.shape and bool(steps.max(initial=0) <= 1)

    def concurrency(self, provider: Any) -> int:
        """Every microphone has a stream of its own."""
        return 2

    def rate(self, provider: Any) -> int:
        """Return the first rate (Hz) that it takes."""
        return next(iter(provider.capabilities.sample_rates), 16000)

    def cleaned(self, provider: Any, captured: Signal, played: Signal, rate: int) -> Samples:
        """Return what a new stream makes of it, 10 ms at a time, held to the contract."""
        step = rate // 100
        made = []
        with closing(provider.open_stream(rate)) as stream:
            for start in range(0, len(captured) - step + 1, step):
                pair = [one[start : start + step].copy() for one in (captured, played)]
                for one in pair:
                    one.flags.writeable = False
                block = stream.process(*pair)
                require(
                    isinstance(block, np.ndarray)
                    and block.dtype == np.int16
                    and block.shape == (step,),
                    f"process returned {getattr(block, 'dtype', type(block))} of shape "
                    f"{getattr(block, 'shape', None)}",
                    "return int16 mono of the shape of `captured`",
                )
                made.append(np.array(block))
        return np.concatenate(made)

    def test_every_rate_that_it_declares_is_taken(self) -> None:
        """`capabilities.sample_rates`, or any rate where it is empty."""
        rates = self.loaded.capabilities.sample_rates or (8000, 16000, 44100, 48000)
        for rate in rates:
            self.cleaned(self.loaded, silence(0.05, rate), silence(0.05, rate), rate)

    def test_it_bears_any_sound(self) -> None:
        """Silence, noise and clipped sound from either side come out as int16."""
        rate = self.rate(self.loaded)
        sounds = [silence(0.3, rate), noise(0.3, -10.0, rate), full_scale(0.3, 440.0, rate)]
        for captured in sounds:
            for played in sounds:
                self.cleaned(self.loaded, captured, played, rate)

    def test_silence_stays_silent(self) -> None:
        """Where nothing is captured, nothing is made up."""
        rate = self.rate(self.loaded)
        made = self.cleaned(self.loaded, silence(0.5, rate), silence(0.5, rate), rate)
        peak = int(np.abs(made.astype(np.int32)).max())
        require(peak <= 64, f"silence became a peak of {peak}", "add no noise of your own")

    def test_an_echo_becomes_quieter(self) -> None:
        """What is only an echo, delayed and fainter, is mostly gone after a few seconds."""
        rate = self.rate(self.loaded)
        played = np.tile(speech(sample_rate=rate), 3)
        captured = _echo_of(played, rate)
        made = self.cleaned(self.loaded, captured, played, rate)
        last = slice(len(made) - 2 * rate, len(made))
        before, after = (
            float(np.mean(one[last].astype(np.float64) ** 2)) for one in (captured, made)
        )
        reduction_db = 10 * np.log10((before + 1e-9) / (after + 1e-9))
        require(
            reduction_db >= self.reduction_db,
            f"the echo became {reduction_db:.1f} dB quieter, not {self.reduction_db:g}",
            "adapt the filter; look for delays of up to half a second",
        )


def _echo_of(played: Signal, rate: int) -> Signal:
    """Return what a microphone hears of a loudspeaker: later, fainter, and once again."""
    late = round(_DELAY_S * rate)
    padded = np.pad(played.astype(np.float64), (2 * late, 0))
    heard = _ECHO * padded[late : late + len(played)] + 0.3 * _ECHO * padded[: len(played)]
    return np.asarray(np.rint(heard), dtype=np.int16)
