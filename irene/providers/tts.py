"""Contract of voices: text in, audio out, piece by piece."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.errors import ProviderFailedError
from irene.providers.provider import OptionsT, Provider


@dataclass(frozen=True)
class TtsCapabilities:
    """What a voice can do."""

    languages: tuple[str, ...] = ("en",)
    """BCP 47 tags; empty when any language may be asked for"""
    streaming: bool = False
    """whether audio comes before the whole text is synthesised"""
    max_concurrency: int = 1
    """texts that may be synthesised at the same time on one loaded model"""


@dataclass(frozen=True)
class SpeechRequest:
    """What is to be said, and how."""

    text: str
    language: str | None = None
    """BCP 47 tag; None leaves it to the provider"""
    voice: str | None = None
    """name of a voice of this provider; None takes its default"""
    rate: float = 1.0
    """speaking rate relative to the voice's normal one"""
    pitch: float = 1.0
    """pitch relative to the voice's normal one"""
    volume: float = 1.0
    """0 (silent) to 1 (normal)"""


class Tts(Provider[OptionsT]):
    """A loaded voice."""

    kind: ClassVar[Kind] = Kind.TTS
    capabilities: TtsCapabilities = TtsCapabilities()

    @property
    @abstractmethod
    def sample_rate(self) -> int:
        """Hz of everything this voice says; known after `load()`."""

    def expected_rate(self) -> int | None:
        """Return what `sample_rate` will be, without loading a model; None when it is not known."""
        return self.sample_rate if self.is_loaded else None

    def check_voice(self, voice: str | None, language: str | None) -> None:
        """Say early, before `load()` if possible, whether such requests can be served.

        What only a loaded model knows is not found out for this.

        Args:
            voice: what `SpeechRequest.voice` will be.
            language: what `SpeechRequest.language` will be.

        Raises:
            ConfigurationError: no such voice, or none for the language, as `synthesize` would say.
        """

    @abstractmethod
    def synthesize(self, request: SpeechRequest) -> Iterator[Samples]:
        """Yield int16 mono blocks, shape (n,), until the whole text is said.

        The caller may stop iterating at any block; the provider then frees what it holds. A block
        is copied before the next one is asked for. What a voice cannot do (pitch, say) it leaves.

        Raises:
            ConfigurationError: no such voice, or none for the language.
        """

    def _probe(self) -> None:
        """Begin to say something short: a voice that works has given sound by its first block."""
        for block in self.synthesize(SpeechRequest("one")):
            if len(block):
                return
        raise ProviderFailedError("it gave no audio")
