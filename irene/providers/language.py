"""Contract of spoken language identification: a probability per language and window."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from irene.domain.audio import Samples, SampleType
from irene.domain.kinds import Kind
from irene.providers.provider import OptionsT, Provider


@dataclass(frozen=True)
class LanguageCapabilities:
    """What an identifier wants to be fed and which languages it tells apart."""

    sample_rates: tuple[int, ...] = (16000,)
    """Hz; the first is preferred"""
    dtype: SampleType = "float32"
    """sample type of the windows"""
    window: int = 32000
    """samples per window"""
    hop: int = 1600
    """samples between the starts of two windows"""
    languages: tuple[str, ...] = ()
    """BCP 47 tags"""


class LanguageIdentifier(Provider[OptionsT]):
    """A loaded identifier; windows are independent of each other, so there is no stream class."""

    kind: ClassVar[Kind] = Kind.LANGUAGE
    capabilities: LanguageCapabilities = LanguageCapabilities()

    @abstractmethod
    def identify(self, window: Samples) -> Mapping[str, float]:
        """Return the probability (0 to 1) of each language in one window.

        Args:
            window: shape (`capabilities.window`,) mono in the declared sample type; read-only.
        """
