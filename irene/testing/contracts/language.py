"""The contract of spoken language identification, as tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest import SkipTest

import numpy as np

from irene.audio.samples import as_type
from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.testing.contracts.breach import require
from irene.testing.contracts.contract import ProviderContract
from irene.testing.signals import Signal, noise, signals, speech

_TOLERANCE = 1e-3


class LanguageContract(ProviderContract):
    """Checks a `LanguageIdentifier`: set `provider`."""

    kind = Kind.LANGUAGE

    def use(self, provider: Any, number: int) -> Any:
        """Identify the language of a recorded command, or of noise."""
        rate = self.rate(provider)
        audio = noise(1.0, -30.0, rate) if number else speech(sample_rate=rate)
        return self.identified(provider, self.window(provider, audio))

    def same(self, one: Any, other: Any) -> bool:
        """Return whether two opinions are as good as equal."""
        names = {*one, *other}
        return all(abs(one.get(n, 0.0) - other.get(n, 0.0)) <= _TOLERANCE for n in names)

    def rate(self, provider: Any) -> int:
        """Return the rate (Hz) at which windows come."""
        return int(provider.capabilities.sample_rates[0])

    def window(self, provider: Any, audio: Signal) -> Samples:
        """Return audio as one window of the declared type: cut off, or filled with zeros."""
        need = provider.capabilities
        samples = as_type(audio[: need.window], need.dtype)
        window = np.pad(samples, (0, need.window - len(samples)))
        window.flags.writeable = False
        return window

    def identified(self, provider: Any, window: Samples) -> Mapping[str, float]:
        """Return the opinion on a window, held to the contract."""
        opinion = provider.identify(window)
        require(
            isinstance(opinion, Mapping),
            f"identify returned {opinion!r}",
            "return a mapping of probabilities by language; an empty one is no opinion",
        )
        for tag, share in opinion.items():
            require(
                isinstance(tag, str) and bool(tag) and 0 <= share <= 1.001,
                f"{tag!r} has the probability {share!r}",
                "give BCP 47 tags, and finite numbers from 0 to 1",
            )
        return dict(opinion)

    def test_its_windows_make_sense(self) -> None:
        """Rate, type, window and hop are declared."""
        need = self.new_provider().capabilities
        require(
            bool(need.sample_rates) and need.dtype in ("int16", "float32"),
            f"sample_rates = {need.sample_rates!r}, dtype = {need.dtype!r}",
            'name rates in Hz, and "int16" or "float32"',
        )
        require(
            need.window > 0 and need.hop > 0 and need.longest >= 0,
            f"window = {need.window}, hop = {need.hop}, longest = {need.longest}",
            "count samples; `longest` is 0 where only windows are taken",
        )

    def test_probabilities_lie_between_0_and_1(self) -> None:
        """Whatever is heard, an opinion is a share for each language, or none."""
        provider = self.loaded
        for audio in signals(self.rate(provider)).values():
            self.identified(provider, self.window(provider, audio))

    def test_it_names_languages_that_it_declares(self) -> None:
        """Where `capabilities.languages` is not empty, no other is named."""
        declared = set(self.loaded.capabilities.languages)
        if not declared:
            raise SkipTest("it declares no languages")
        odd = sorted(set(self.use(self.loaded, 0)) - declared)
        require(not odd, f"it names {odd}", "declare every language that it tells apart")

    def test_a_whole_utterance_is_taken(self) -> None:
        """Up to `capabilities.longest` samples may come at once."""
        provider = self.loaded
        need = provider.capabilities
        if not need.longest:
            raise SkipTest("it takes windows only")
        for n_samples in {need.window // 2 + 1, min(need.longest, need.window + 777)}:
            audio = np.resize(speech(sample_rate=self.rate(provider)), n_samples)
            self.identified(provider, as_type(audio, need.dtype))

    def test_a_window_is_only_lent(self) -> None:
        """What a window is overwritten with later changes no opinion."""
        provider = self.loaded
        kept = self.use(provider, 0)
        window = np.array(self.window(provider, speech(sample_rate=self.rate(provider))))
        found = self.identified(provider, window)
        window[:] = 0
        self.require_same(kept, found, "copy what is needed in later calls")
