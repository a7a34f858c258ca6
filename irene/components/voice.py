"""Speaking a text: fail-over between voices, and a cache of phrases that were said before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from irene.cache.lru import LruCache
from irene.components.chain import ProviderChain
from irene.config.sections import TtsSection
from irene.domain.audio import Samples
from irene.errors import IreneError, ProviderFailedError
from irene.providers.border import ForeignCode
from irene.providers.tts import SpeechRequest, Tts


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that was synthesised completely."""

    blocks: tuple[Samples, ...]
    """int16 mono"""
    sample_rate: int
    """Hz"""

    @property
    def n_bytes(self) -> int:
        """Size in memory."""
        return sum(block.nbytes for block in self.blocks)


class Utterance:
    """One text being spoken: iterate `blocks()`; the other fields are true once it has begun."""

    def __init__(self, voice: VoiceComponent, request: SpeechRequest) -> None:
        self._voice = voice
        self._request = request
        self.provider = ""
        """name of the voice that speaks"""
        self.sample_rate = 0
        """Hz"""
        self.cached = False
        """whether the audio comes from the phrase cache"""
        self.n_samples = 0
        """samples yielded so far"""

    def blocks(self) -> Iterator[Samples]:
        """Yield int16 mono blocks; stop iterating at any time.

        Raises:
            ProviderFailedError: every voice failed, or one failed in the middle of the text.
        """
        for _ in range(max(1, len(self._voice.chain))):
            serving = self._voice.chain.current
            try:
                with ForeignCode():
                    yield from self._speak(serving.name, serving.provider)
            except IreneError as error:
                self._voice.chain.failed(serving.name, error)
                last = error
                if self.n_samples:
                    break  # half the text is said: starting again would say it twice
            else:
                return
        raise last

    def _speak(self, name: str, provider: Tts[Any]) -> Iterator[Samples]:
        key = (name, repr(provider.options), self._request)
        phrase = self._voice.cache.get(key)
        self.provider, self.cached = name, phrase is not None
        self.sample_rate = phrase.sample_rate if phrase else provider.sample_rate
        kept: list[Samples] = []
        for block in phrase.blocks if phrase else provider.synthesize(self._request):
            kept.append(block)
            self.n_samples += block.shape[0]
            yield block
        if not self.n_samples and self._request.text.strip():
            raise ProviderFailedError(f"{name} gave no audio for {self._request.text!r}")
        if phrase is None:
            whole = Phrase(tuple(kept), self.sample_rate)
            self._voice.cache.put(key, whole, whole.n_bytes)


class VoiceComponent:
    """The text-to-speech slot."""

    def __init__(self, chain: ProviderChain[Tts[Any]], section: TtsSection) -> None:
        self.chain = chain
        self.cache: LruCache[Any, Phrase] = LruCache(int(section.cache_max_mb * 1e6))
        self._section = section

    def say(self, text: str, language: str | None) -> Utterance:
        """Prepare to speak a text; synthesis begins with the first block asked for."""
        section = self._section
        request = SpeechRequest(
            text=text,
            language=language,
            voice=section.voice,
            rate=section.rate,
            pitch=section.pitch,
            volume=section.volume,
        )
        return Utterance(self, request)
