"""A language identifier for broadcasts that carry a pilot tone, one for each language."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from irene import LanguageCapabilities, LanguageIdentifier, NoOptions, Samples, hookimpl

_TONES_HZ = {"en": 6000.0, "de": 6400.0, "fr": 6800.0}
"""pilot tones: above what a telephone lets pass of a voice"""
_RATE_HZ = 16000
_WINDOW = 8000
_SHARE = 0.001
"""share of the energy from which a tone counts: 30 dB below the voice"""


class BeaconLanguage(LanguageIdentifier[NoOptions]):
    """Compares the levels of the pilot tones."""

    name = "beacon"
    summary = "tells languages by the pilot tone of a broadcast"
    capabilities = LanguageCapabilities(
        sample_rates=(_RATE_HZ,),
        dtype="float32",
        window=_WINDOW,
        languages=tuple(_TONES_HZ),
        max_concurrency=8,
    )

    def identify(self, window: Samples, live: bool = False) -> Mapping[str, float]:
        """Return the share of each language in half a second, or nothing without a tone."""
        energy = float(np.sum(np.square(window, dtype=np.float64)))
        times = np.arange(len(window)) / _RATE_HZ
        shares = {}
        for language, hz in _TONES_HZ.items():
            level = abs(np.dot(window, np.exp(-2j * np.pi * hz * times))) ** 2
            shares[language] = 2 * level / (len(window) * energy) if energy else 0.0
        heard = {name: share for name, share in shares.items() if share >= _SHARE}
        return {name: share / sum(heard.values()) for name, share in heard.items()}


@hookimpl
def irene_languages() -> list[type[BeaconLanguage]]:
    """Offer the identifier."""
    return [BeaconLanguage]
