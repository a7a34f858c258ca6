"""Speaking a text: fail-over between voices, and a cache of phrases that were said before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from irene.cache.lru import LruCache
from irene.components.chain import Candidate, ProviderChain
from irene.components.concurrency import ConcurrencyLimits
from irene.config.sections import TtsSection
from irene.domain.audio import Samples
from irene.errors import IreneError, ProviderFailedError
from irene.providers.border import ForeignCode
from irene.providers.tts import SpeechRequest, Tts

_PATIENCE_S = 10.0
"""longest wait for a voice that is still busy with another text"""


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
        chain = self._voice.chain
        for tries_left in reversed(range(max(1, len(chain)))):
            serving = chain.current
            try:
                with ForeignCode():
                    yield from self._speak(serving)
                return
            except IreneError as error:
                chain.failed(serving.name, error)
                if self.n_samples or not tries_left:
                    raise  # half the text is said, and starting again would say it twice

    def _speak(self, serving: Candidate[Tts[Any]]) -> Iterator[Samples]:
        request = self._voice.request_for(serving.name, self._request)
        key = (serving.name, repr(serving.provider.options), request)
        phrase = self._voice.cache.get(key)
        self.provider, self.cached = serving.name, phrase is not None
        self.sample_rate = phrase.sample_rate if phrase else serving.provider.sample_rate
        kept: list[Samples] = []
        for block in phrase.blocks if phrase else self._synthesized(serving, request):
            kept.append(block)
            self.n_samples += block.shape[0]
            yield block
        if not self.n_samples and request.text.strip():
            raise ProviderFailedError(f"{serving.name} gave no audio for {request.text!r}")
        if phrase is None:
            whole = Phrase(tuple(kept), self.sample_rate)
            self._voice.cache.put(key, whole, whole.n_bytes)

    def _synthesized(
        self, serving: Candidate[Tts[Any]], request: SpeechRequest
    ) -> Iterator[Samples]:
        """Yield copies of the voice's blocks: a voice may use its buffer again."""
        self._voice.limits.enter(serving, _PATIENCE_S)
        try:
            for block in serving.provider.synthesize(request):
                yield np.array(block, dtype=np.int16)
        finally:
            self._voice.limits.leave(serving)


class VoiceComponent:
    """The text-to-speech slot."""

    def __init__(self, chain: ProviderChain[Tts[Any]], section: TtsSection) -> None:
        self.chain = chain
        self.limits = ConcurrencyLimits()
        """how many texts each voice may speak at once"""
        self.cache: LruCache[Any, Phrase] = LruCache(int(section.cache_max_mb * 1e6))
        """phrases that were said before"""
        self._section = section

    def load(self) -> None:
        """Load and warm up the first voice that can be, and check what it is asked to be.

        Raises:
            ConfigurationError: it has no voice of the configured name.
            ProviderUnavailableError: no voice can be loaded.
        """
        self.chain.warm_up()
        serving = self.chain.current
        wanted = self.request_for(serving.name, SpeechRequest("", voice=self._section.voice))
        if wanted.voice is not None:
            with ForeignCode("tts.voice: "):
                serving.provider.check_voice(wanted.voice, None)

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

    def request_for(self, provider: str, request: SpeechRequest) -> SpeechRequest:
        """Return the request without `tts.voice` for a fall-back, which has other voices."""
        if provider == self._section.default_provider:
            return request
        return replace(request, voice=None)
