"""Speaking a sentence: fail-over between voices, and a cache of what was said before."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from irene.audio.loudness import softened
from irene.cache.bounded import BoundedCache
from irene.components.chain.attempts import Attempts
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.routing.in_time import TimedBlocks
from irene.components.routing.lease import UNTIMED, Lease
from irene.components.routing.outcome import Outcome
from irene.components.spoken_text.spelling import spoken_form, written_language
from irene.config.sections import TtsSection
from irene.domain.audio import Samples
from irene.domain.languages import primary_language
from irene.errors import ConfigurationError, IreneError, ProviderFailedError
from irene.providers.border import ForeignCode
from irene.providers.results import int16_block
from irene.providers.tts import SpeechRequest, Tts

_PATIENCE_S = 10.0
"""longest wait for a voice that is still busy with another text"""
_S_PER_CHARACTER = 0.1
"""time that a voice may take per character before it counts as hung, on top of the time that any
call may take: about as long as it takes to say it, in languages that are written in letters"""
_SAYABLE = re.compile(r"\w")

VoiceChain = ProviderChain[Tts[Any]]
VoiceLease = Lease[Candidate[Tts[Any]]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence that was synthesised completely."""

    blocks: tuple[Samples, ...]
    """int16 mono"""
    sample_rate: int
    """Hz"""


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

    def __init__(
        self,
        voice: VoiceComponent,
        chain: VoiceChain,
        request: SpeechRequest,
        without: Collection[str] = (),
    ) -> None:
        self._voice = voice
        self._without = without
        self.failed: set[str] = set()
        """names of the voices that could not say it"""
        self._chain = chain
        self._request = request
        self._lease: VoiceLease | None = None
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
        with self._chain.held() as first:
            kept = None if first.name in self._without else self._kept(first)
        if kept is not None:
            yield from self._repeated(kept)
            return
        attempts = Attempts(self._chain, _PATIENCE_S, self._without)
        self.failed = attempts.tried
        while True:
            lease = self._lease = attempts.lease()
            try:
                with ForeignCode():
                    yield from self._speak(lease)
                return
            except _NoAudioError as error:
                attempts.failed(lease, error, Outcome.NO_AUDIO)
            except IreneError as error:
                attempts.failed(lease, error)

    def late(self, error: IreneError) -> None:
        """Give up the voice that speaks, of which nothing was heard for too long."""
        if self._lease is not None:
            self._chain.late(self._lease, error)

    def _kept(self, serving: Candidate[Tts[Any]]) -> Phrase | None:
        """Return what this voice has said before, word for word."""
        request = self._voice.request_for(serving.name, self._request)
        phrase = self._voice.cache.get(_key(serving.provider, request))
        self.provider, self.cached = serving.name, phrase is not None
        return phrase

    @staticmethod
    def _repeated(phrase: Phrase) -> Iterator[Block]:
        for number, samples in enumerate(phrase.blocks):
            yield Block(samples, phrase.sample_rate, begins=number == 0)

    def _speak(self, lease: VoiceLease) -> Generator[Block, None, None]:
        """Yield what a voice says; end its lease, but when it fails."""
        was_asked = lease.name == self.provider  # a second look would count as another miss
        phrase = None if was_asked else self._kept(lease.candidate)
        if phrase is not None:
            lease.end(Outcome.CANCELLED)
            yield from self._repeated(phrase)
            return
        provider = lease.candidate.provider
        rate = provider.sample_rate
        kept: list[Samples] = []
        took_s = UNTIMED
        with closing(self._made(lease)) as made:
            try:
                for samples in softened(made, rate):
                    took_s = took_s if kept else self._chain.router.now_s() - lease.started_s
                    kept.append(samples)
                    yield Block(samples, rate, begins=len(kept) == 1)
            except GeneratorExit:
                if inspect.getgeneratorstate(made) == inspect.GEN_CLOSED:
                    lease.end(Outcome.SUCCESS, took_s)  # only its last piece was not wanted
                raise
        if not kept:
            raise _NoAudioError(f"{lease.name} gave no audio for {self._request.text!r}")
        lease.end(Outcome.SUCCESS, took_s)
        whole = Phrase(tuple(kept), rate)
        key = _key(provider, self._voice.request_for(lease.name, self._request))
        self._voice.cache.put(key, whole)

    def _made(self, lease: VoiceLease) -> Generator[Samples, None, None]:
        """Yield a voice's blocks, each in time; whoever stops in between cancels the call."""
        request = self._voice.request_for(lease.name, self._request)
        make = partial(_copies, lease.candidate.provider, request)
        limit = self._chain.sharing.limit(_S_PER_CHARACTER * len(request.text))
        is_timed = lease.deadline_s is not None or limit.seconds is not None
        try:
            yield from TimedBlocks(lease, make, limit) if is_timed else make()
        except GeneratorExit:
            if not is_timed:
                lease.end(Outcome.CANCELLED)
            raise


class _NoAudioError(ProviderFailedError):
    """A voice was given words, said that it was done, and gave no sound."""


def _copies(voice: Tts[Any], request: SpeechRequest) -> Iterator[Samples]:
    """Yield copies of a voice's blocks: a voice may use its buffer again."""
    for samples in voice.synthesize(request):
        yield int16_block(samples).copy()


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
        before: VoiceComponent | None = None,
    ) -> None:
        """`others` are the chains of languages that another provider speaks, by the language.

        `before` is the component whose providers may be speaking still; its phrases are kept.

        Without a voice of its own, `language` is spoken by `tts.voice`, and every other one by
        whatever voice the provider has for it.
        """
        self.chain = chain
        self.others = others or {}
        self.cache: BoundedCache[Any, Phrase] = BoundedCache(int(section.cache_max_mb * 1e6))
        """sentences that were said before"""
        if before is not None and before._section.cache_max_mb == section.cache_max_mb:
            self.cache = before.cache
        self._section: TtsSection = section
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
        written_language(self._language)  # or the first answer would wait for its rules
        self.check()

    def check(self) -> None:
        """Load the first voice, and see whether it has the voices that it is asked for.

        Raises:
            ConfigurationError: there is no voice of a configured name.
            ProviderUnavailableError: no voice can be loaded.
        """
        for key, voice in self._wanted():
            with self.chain.held() as serving:
                self._check(serving, key, voice)

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

    def say(
        self, sentence: str, language: str | None, without: Collection[str] = ()
    ) -> SpokenSentence:
        """Prepare to speak a sentence; synthesis begins with the first block asked for.

        Voices in `without` are not asked as long as there are others: whoever has heard one break
        off does not want to hear it again in the same answer.

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
        return SpokenSentence(self, self.others.get(owner, self.chain), request, without)

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
