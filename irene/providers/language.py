"""Contract of spoken language identification: a probability per language and window."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from irene.domain.audio import Samples, SampleType
from irene.domain.kinds import Kind
from irene.providers.probing import noise
from irene.providers.provider import OptionsT, Provider
from irene.providers.results import shares


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
    """samples between the starts of two windows, at least: a slow identifier is asked less often"""
    longest: int = 0
    """samples up to which it takes a whole utterance of any length at once; 0: windows only"""
    languages: tuple[str, ...] = ()
    """BCP 47 tags; empty where that shows once it is loaded"""
    max_concurrency: int = 1
    """windows that may be asked about at the same time"""


class LanguageIdentifier(Provider[OptionsT]):
    """A loaded identifier; windows are independent of each other, so there is no stream class."""

    kind: ClassVar[Kind] = Kind.LANGUAGE
    capabilities: LanguageCapabilities = LanguageCapabilities()

    @abstractmethod
    def identify(self, window: Samples, live: bool = False) -> Mapping[str, float]:
        """Return the probability (0 to 1) of each language in one window.

        Empty when there is no opinion, as on silence. Which languages may be spoken is the
        framework's business: it leaves the others out.

        Args:
            window: mono in the declared sample type, read-only: shape (`capabilities.window`,),
                the end filled with zeros where an utterance is shorter; or a whole utterance of at
                most `capabilities.longest` samples.
            live: whether it is spoken now; a recording may come again.
        """

    def _probe(self) -> None:
        """Identify a short noise; whatever is heard in it, an answer is an answer."""
        shares(self.identify(noise(self.capabilities.window, self.capabilities.dtype)))
