"""What engines have to keep that are fed window by window: voice triggers and VADs."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import closing
from typing import Any

import numpy as np

from irene.audio.samples import as_type
from irene.domain.audio import Samples
from irene.testing.contracts.breach import require
from irene.testing.contracts.contract import ProviderContract
from irene.testing.signals import Signal, noise, signals, speech

_TOLERANCE = 1e-3
"""difference of two scores that counts as none: engines compute in single precision"""
_USE_S = 1.0
_BEYOND = 1e-3
"""how far beyond 0 and 1 a score may lie"""
_NUMBERS = "biuf"
"""kinds of numpy's types that are real numbers"""


class WindowContract(ProviderContract):
    """The checks of a stream that is given windows of the declared length, type and rate."""

    @abstractmethod
    def open_stream(self, provider: Any) -> Any:
        """Open a stream that listens."""

    @abstractmethod
    def score(self, stream: Any, window: Samples) -> float:
        """Give a stream one window and return the highest score that came."""

    def use(self, provider: Any, number: int) -> Any:
        """Listen to a second of speech or noise from a new stream."""
        return self.heard(provider, self._audio(provider, number))

    def same(self, one: Any, other: Any) -> bool:
        """Return whether two series of scores are as good as equal."""
        return one.shape == other.shape and bool(np.all(np.abs(one - other) <= _TOLERANCE))

    def concurrency(self, provider: Any) -> int:
        """Every listener has a stream of its own."""
        return 2

    def heard(self, provider: Any, audio: Signal) -> Any:
        """Return the scores of a new stream, one for each window; float64, shape (windows,)."""
        with closing(self.open_stream(provider)) as stream:
            return self.scores(stream, provider, audio)

    def scores(self, stream: Any, provider: Any, audio: Signal) -> Any:
        """Return the scores of a stream for each whole window of some audio."""
        return np.array([self.score(stream, one) for one in self.windows(provider, audio)])

    def windows(self, provider: Any, audio: Signal) -> list[Samples]:
        """Return audio as whole windows of the declared length and type; they cannot be written."""
        need = provider.capabilities
        samples = as_type(audio, need.dtype)
        starts = range(0, len(samples) - need.window + 1, need.window)
        cut = [samples[start : start + need.window] for start in starts]
        for window in cut:
            window.flags.writeable = False
        return cut

    def rate(self, provider: Any) -> int:
        """Return the rate (Hz) at which windows come."""
        return int(provider.capabilities.sample_rates[0])

    def _audio(self, provider: Any, number: int) -> Signal:
        rate = self.rate(provider)
        return (
            noise(_USE_S, -30.0, rate)
            if number
            else speech(sample_rate=rate)[: round(_USE_S * rate)]
        )

    def test_its_windows_make_sense(self) -> None:
        """Rates, type and length of the windows are declared, and such that irene can cut them."""
        need = self.new_provider().capabilities
        require(
            bool(need.sample_rates) and all(8000 <= one <= 192000 for one in need.sample_rates),
            f"sample_rates = {need.sample_rates!r}",
            "name the rates that it takes in Hz, the best first",
        )
        require(
            need.dtype in ("int16", "float32"),
            f"dtype = {need.dtype!r}",
            'use "int16" or "float32"',
        )
        require(
            isinstance(need.window, int) and 0 < need.window <= 2 * max(need.sample_rates),
            f"window = {need.window!r}",
            "name the number of samples of one window, at most two seconds",
        )

    def test_scores_lie_between_0_and_1(self) -> None:
        """Whatever is heard, silence and clipped sound included, a score is a share of 1."""
        provider = self.loaded
        for name, audio in signals(self.rate(provider)).items():
            scores = self.heard(provider, audio)
            require(
                bool(np.all((scores >= -_BEYOND) & (scores <= 1 + _BEYOND))),  # NaN is neither
                f"{name} scores from {scores.min():.3g} to {scores.max():.3g}",
                "return finite numbers from 0 to 1",
            )

    def test_a_window_is_only_lent(self) -> None:
        """A window is valid during the call: what it is overwritten with later changes nothing."""
        provider = self.loaded
        audio = self._audio(provider, 0)
        kept = self.heard(provider, audio)
        lent = np.empty_like(self.windows(provider, audio)[0])
        view = lent.view()
        view.flags.writeable = False
        found = []
        with closing(self.open_stream(provider)) as stream:
            for window in self.windows(provider, audio):
                lent[:] = window
                found.append(self.score(stream, view))
                lent[:] = lent[::-1]
        self.require_same(kept, np.array(found), "copy what is needed in later calls")

    def test_reset_is_as_good_as_a_new_stream(self) -> None:
        """After `reset` nothing of what was heard before has an effect."""
        provider = self.loaded
        audio = self._audio(provider, 0)
        fresh = self.heard(provider, audio)
        with closing(self.open_stream(provider)) as stream:
            self.scores(stream, provider, self._audio(provider, 1))
            stream.reset()
            again = self.scores(stream, provider, audio)
        self.require_same(fresh, again, "set everything in `reset` that `__init__` sets")

    def test_streams_do_not_hear_each_other(self) -> None:
        """Two streams that are fed in turn answer as each would alone."""
        provider = self.loaded
        one, other = (self.windows(provider, self._audio(provider, number)) for number in (0, 1))
        alone = self.heard(provider, self._audio(provider, 0))
        found = []
        with (
            closing(self.open_stream(provider)) as first,
            closing(self.open_stream(provider)) as second,
        ):
            for window, noisy in zip(one, other, strict=False):
                found.append(self.score(first, window))
                self.score(second, noisy)
        self.require_same(
            alone[: len(found)], np.array(found), "keep all state in the stream, none in the model"
        )

    def test_it_goes_on_after_a_stream_was_left(self) -> None:
        """A stream that is closed in the midst of a sound leaves nothing behind."""
        provider = self.loaded
        audio = self._audio(provider, 0)
        fresh = self.heard(provider, audio)
        self.heard(provider, audio[: len(audio) // 2])
        self.require_same(fresh, self.heard(provider, audio), "keep all state in the stream")

    def test_it_can_be_closed_while_streams_are_open(self) -> None:
        """Closing the provider does not hang, and it can be loaded again afterwards."""
        provider = self.new_loaded()
        audio = self._audio(provider, 0)
        stream = self.open_stream(provider)
        try:
            before = self.scores(stream, provider, audio)
            self.on_thread(provider.close)
            stream.close()
            provider.load()
            after = self.heard(provider, audio)
        finally:
            provider.close()
        self.require_same(before, after, "let `_load` make everything anew")


def score_of(value: object) -> float:
    """Return a score as a float.

    Raises:
        ContractBrokenError: it is no number, such as a text that only looks like one.
    """
    found = np.asarray(value)
    is_number = found.dtype.kind in _NUMBERS and found.size == 1
    require(is_number, f"process returned {value!r}", "return a number from 0 to 1")
    return float(found.item())
