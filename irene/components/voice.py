"""Speaking a sentence: fail-over between voices, and a cache of what was said before."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from irene.audio.loudness import softened
from irene.cache.lru import LruCache
from irene.components.chain import Candidate, ProviderChain
from irene.components.concurrency import ConcurrencyLimits
from irene.components.spoken_text.spelling import spoken_form
from irene.config.sections import TtsSection
from irene.domain.audio import Samples
from irene.domain.languages import primary_language
from irene.errors import ConfigurationError, IreneError, ProviderFailedError
from irene.providers.border import ForeignCode
from irene.providers.results import int16_block
from irene.providers.tts import SpeechRequest, Tts

_PATIENCE_S = 10.0
"""longest wait for a voice that is still busy with another text"""
_SAYABLE = re.compile(r"\w")

VoiceChain = ProviderChain[Tts[Any]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence that was synthesised completely."""

    blocks: tuple[Samples, ...]
    """int16 mono"""
    sample_rate: int
    """Hz"""

    @property
    def n_bytes(self) -> int:
        """Size in memory."""
        return sum(block.nbytes for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a spoken sentence."""

    samples: Samples
    """int16 mono"""
    sample_rate: int
    """Hz"""
    begins: bool
    """whether the sentence begins here: again, when the voice before broke off"""


class SpokenSentence:
    """One sentence being spoken: iterate `blocks()`; the other fields are true once it has begun.

    It rises from silence and falls back to it, so that sentences join without a click.
    """

    def __init__(self, voice: VoiceComponent, chain: VoiceChain, request: SpeechRequest) -> None:
        self._voice = voice
        self._chain = chain
        self._request = request
        self.provider = ""
        """name of the voice that speaks"""
        self.cached = False
        """whether the audio comes from the phrase cache"""

    @property
    def chain(self) -> VoiceChain:
        """The voices that may speak it."""
        return self._chain

    def blocks(self) -> Generator[Block, None, None]:
        """Yield the audio; stop iterating at any time. Nothing comes of a text without words.

        When a voice fails, the next one says the whole sentence.

        Raises:
            ProviderFailedError: every voice failed.
        """
        if not _SAYABLE.search(self._request.text):
            return
        for tries_left in reversed(range(max(1, len(self._chain)))):
            serving = self._chain.current
            try:
                with ForeignCode():
                    yield from self._speak(serving)
                return
            except IreneError as error:
                self._chain.failed(serving.name, error)
                if not tries_left:
                    raise

    def _speak(self, serving: Candidate[Tts[Any]]) -> Generator[Block, None, None]:
        request = self._voice.request_for(serving.name, self._request)
        key = _key(serving.provider, request)
        phrase = self._voice.cache.get(key)
        self.provider, self.cached = serving.name, phrase is not None
        rate = phrase.sample_rate if phrase else serving.provider.sample_rate
        kept: list[Samples] = []
        with closing(self._samples(serving, request, phrase, rate)) as spoken:
            for samples in spoken:
                kept.append(samples)
                yield Block(samples, rate, begins=len(kept) == 1)
        if not kept:
            raise ProviderFailedError(f"{serving.name} gave no audio for {request.text!r}")
        if phrase is None:
            whole = Phrase(tuple(kept), rate)
            self._voice.cache.put(key, whole, whole.n_bytes)

    def _samples(
        self,
        serving: Candidate[Tts[Any]],
        request: SpeechRequest,
        phrase: Phrase | None,
        sample_rate: int,
    ) -> Generator[Samples, None, None]:
        if phrase is not None:
            yield from phrase.blocks
            return
        with closing(self._synthesized(serving, request)) as blocks:
            yield from softened(blocks, sample_rate)

    def _synthesized(
        self, serving: Candidate[Tts[Any]], request: SpeechRequest
    ) -> Generator[Samples, None, None]:
        """Yield copies of the voice's blocks: a voice may use its buffer again."""
        self._voice.limits.enter(serving, _PATIENCE_S)
        try:
            for samples in serving.provider.synthesize(request):
                yield int16_block(samples).copy()
        finally:
            self._voice.limits.leave(serving)


def _key(provider: Tts[Any], request: SpeechRequest) -> object:
    """Return what decides how a sentence sounds."""
    return (provider.name, provider.version, repr(provider.options), request)


class VoiceComponent:
    """The text-to-speech slot."""

    def __init__(
        self,
        chain: VoiceChain,
        section: TtsSection,
        language: str = "en",
        others: Mapping[str, VoiceChain] | None = None,
    ) -> None:
        """`others` are the chains of languages that another provider speaks, by the language.

        Without a voice of its own, `language` is spoken by `tts.voice`, and every other one by
        whatever voice the provider has for it.
        """
        self.chain = chain
        self.others = others or {}
        self.limits = ConcurrencyLimits()
        """how many texts each voice may speak at once"""
        self.cache: LruCache[Any, Phrase] = LruCache(int(section.cache_max_mb * 1e6))
        """sentences that were said before"""
        self._section = section
        self._language = language

    @property
    def chains(self) -> tuple[VoiceChain, ...]:
        """Every chain, the one of the assistant's language first."""
        return (self.chain, *self.others.values())

    @property
    def pause_s(self) -> float:
        """Pause between two sentences, at the speaking rate that is set."""
        return self._section.sentence_pause_ms / 1000 / self._section.rate

    def load(self) -> None:
        """Load and warm up the first voice of each chain, and check what they are asked to be.

        Raises:
            ConfigurationError: there is no voice of a configured name.
            ProviderUnavailableError: no voice can be loaded.
        """
        for chain in self.chains:
            chain.warm_up()
        self.check()

    def check(self) -> None:
        """Load the first voice, and see whether it has the voices that it is asked for.

        Raises:
            ConfigurationError: there is no voice of a configured name.
            ProviderUnavailableError: no voice can be loaded.
        """
        for key, voice in self._wanted():
            self._check(self.chain.current, key, voice)

    def check_early(self) -> Iterator[tuple[str, ConfigurationError]]:
        """Yield the keys that name no voice, with the reason, as far as that shows unloaded."""
        expected = self.chain.expected
        if expected is None or not expected.is_ready:
            return
        table = f"{self.chain.kind}.providers.{expected.name}"
        for key, voice in ((f"{table}.voice", None), *self._wanted()):
            try:
                self._check(expected, key, voice)
            except ConfigurationError as error:
                yield key, error
            except IreneError:
                continue  # it has to be loaded for that

    def _wanted(self) -> Iterator[tuple[str, str]]:
        """Yield the keys of voices that the first provider must have, and their names."""
        if self._section.voice is not None:
            yield "tts.voice", self._section.voice
        for language, voice in self._section.voices.items():
            if language not in self.others:
                yield f"tts.voices.{language}", voice

    def close(self) -> None:
        """Close every voice."""
        for chain in self.chains:
            chain.close()

    def say(self, sentence: str, language: str | None) -> SpokenSentence:
        """Prepare to speak a sentence; synthesis begins with the first block asked for.

        The volume is left to whoever plays it: what is kept serves at every volume.
        """
        section, language = self._section, language or self._language
        text = spoken_form(sentence, language) if section.normalize else sentence
        owner = self._owner(language)
        request = SpeechRequest(
            text=text,
            language=language,
            voice=None if owner in self.others else self._voice_of(owner, language),
            rate=section.rate,
            pitch=section.pitch,
        )
        return SpokenSentence(self, self.others.get(owner, self.chain), request)

    def request_for(self, provider: str, request: SpeechRequest) -> SpeechRequest:
        """Return the request without a voice for a stand-in, which has other voices."""
        if provider == self._section.default_provider:
            return request
        return replace(request, voice=None)

    def _owner(self, language: str) -> str:
        """Return the key of `tts.voices` that a language belongs to; empty without one."""
        keys = {_tag(key): key for key in self._section.voices}
        tag = _tag(language)
        return keys.get(tag) or keys.get(primary_language(tag), "")

    def _voice_of(self, owner: str, language: str) -> str | None:
        if owner:
            return self._section.voices[owner]
        is_own = primary_language(language) == primary_language(self._language)
        return self._section.voice if is_own else None

    def _check(self, serving: Candidate[Tts[Any]], key: str, voice: str | None) -> None:
        if serving.name != self._section.default_provider:
            return
        try:
            with ForeignCode(f"{key}: "):
                serving.provider.check_voice(voice, None)
        except ConfigurationError as error:
            raise ConfigurationError(f"{key}: {error}") from error


def _tag(language: str) -> str:
    return language.lower().replace("_", "-")
