"""The speech recognition slot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from xxhash import xxh3_128_digest

from irene.cache.shared import SharedCache
from irene.components.asr_stream import FallbackAsrStream, Recognition
from irene.components.chain import Candidate, ProviderChain, Report
from irene.components.concurrency import ConcurrencyLimits
from irene.components.guidance import Guidance
from irene.components.slot import AudioSlot
from irene.components.threads import in_thread
from irene.config.sections import AsrSection
from irene.domain.audio import AudioChunk, AudioData
from irene.domain.grammar import Grammar
from irene.domain.kinds import Kind
from irene.domain.speech import Hypothesis
from irene.errors import IreneError
from irene.providers.asr import Asr, AsrRequest
from irene.providers.border import ForeignCode

_BLOCK_S = 0.25
_PATIENCE_S = 10.0
"""longest wait of somebody who speaks for a recogniser that is still busy"""

_LONGEST_COMMAND_S = 15.0
"""a recording that is longer is no command: asking for one would only take time"""

_TRANSCRIPTS_BYTES = 2**31
"""transcripts are counted, not weighed: one is no more than a few words"""

AsrSlot = AudioSlot[Asr[Any], AsrSection]


class ASRComponent:
    """Recognises speech with the configured providers; without arguments, with the defaults."""

    def __init__(
        self,
        slot: AsrSlot | None = None,
        report: Report = lambda event: None,
        before: ASRComponent | None = None,
    ) -> None:
        """Take over what the component before this one knows and counts of its providers."""
        if slot is None:
            from irene.components.assembly import Assembly  # it builds on this module

            slot = Assembly.default().asr_slot()
        self.slot = slot
        self._guidance: Guidance = Guidance(
            slot.section.grammar, report, before._guidance if before else None
        )
        self._grammar: Grammar | None = None
        self.limits: ConcurrencyLimits = before.limits if before else ConcurrencyLimits()
        """how many utterances each provider may hear at once"""
        self._named: dict[str, Candidate[Asr[Any]]] = {}
        self.transcripts: SharedCache[object, Recognition] = SharedCache(
            _TRANSCRIPTS_BYTES, slot.section.cache_size, lambda transcript: 1
        )
        """what was said in recordings, as many as `[asr] cache_size` says"""
        if before is not None and before.slot.section.cache_size == slot.section.cache_size:
            self.transcripts = before.transcripts

    def guide(self, grammar: Grammar | None) -> None:
        """Let a grammar guide all utterances that bring none of their own; blocks.

        The provider that serves compiles it now, one that takes over before it hears anything.
        `[asr] grammar = "off"` leaves it without effect.
        """
        self._grammar = grammar if self._guidance.mode != "off" else None
        if self._grammar is not None:
            self._guidance.prepare(self.slot.chain.current, self._grammar)

    def prepare(self, grammar: Grammar) -> None:
        """Have the provider that serves compile a grammar that the next utterance brings; blocks.

        What it refuses is reported, and then recognised freely.
        """
        if self._guidance.mode != "off":
            self._guidance.prepare(self.slot.chain.current, grammar)

    @property
    def grammar(self) -> Grammar | None:
        """What guides recognition; None when everything is recognised freely."""
        return self._grammar

    def unknown_words(self) -> tuple[str, ...]:
        """Return the words of the grammar that the provider that serves can never hear."""
        serving = self.slot.chain.current
        if self._grammar is None or not self._guidance.suits(serving, self._grammar):
            return ()
        try:
            with ForeignCode():
                return tuple(serving.provider.unknown_words(self._grammar.vocabulary))
        except IreneError as error:
            self.slot.chain.failed(serving.name, error)
            return ()

    def open(
        self, sample_rate: int, language: str | None = None, grammar: Grammar | None = None
    ) -> FallbackAsrStream:
        """Start on a new utterance of int16 mono audio at this rate (Hz).

        Args:
            sample_rate: Hz.
            language: BCP 47 tag; None takes the configured one.
            grammar: what may be said now; None takes the one of `guide`.
        """
        request = self._request(sample_rate, language, grammar)
        return FallbackAsrStream(self.slot.chain, request, self.limits, self._guidance, _PATIENCE_S)

    async def process_audio(self, audio: AudioData, provider: str | None = None) -> Hypothesis:
        """Return what is said in a clip.

        Args:
            audio: the clip.
            provider: name of a provider; None takes the serving one, with fall-back.

        Raises:
            ValueError: the clip's bytes do not fit its format.
            ConfigurationError: no such provider.
            ProviderUnavailableError: the provider cannot be loaded.
            ProviderFailedError: every provider has failed.
        """
        recognition = await in_thread("asr", lambda: self.recognize(audio.to_chunk(), provider))
        return recognition.hypothesis

    def recognize(self, clip: AudioChunk, provider: str | None = None) -> Recognition:
        """Return what is said in a clip and who recognised it; blocks.

        With `[asr] cache_size`, a clip that comes again is not recognised again.
        """
        if not self.transcripts.kept.max_entries:
            return self._recognize(clip, provider)
        key = self._key(clip, provider)
        return self.transcripts.get(key, lambda: self._recognize(clip, provider)).value

    def _key(self, clip: AudioChunk, provider: str | None) -> object:
        """Return everything that decides what is heard in a clip."""
        serving = self.slot.chain.current if provider is None else self._candidate(provider)
        samples = np.ascontiguousarray(clip.samples)
        return (
            xxh3_128_digest(samples.data),
            samples.shape,
            samples.dtype.str,
            clip.sample_rate,
            serving.name,
            repr(serving.provider.options),
            self.slot.section.language,
            self._grammar.digest if self._grammar is not None else None,
        )

    def _recognize(self, clip: AudioChunk, provider: str | None) -> Recognition:
        chain = self.slot.chain if provider is None else self._only(provider)
        track = self.slot.clip_track(clip)
        request = self._request(track.sample_rate, None, None)
        if clip.duration_s > _LONGEST_COMMAND_S and self._guidance.mode == "auto":
            request = replace(request, grammar=None)
        stream = FallbackAsrStream(chain, request, self.limits, self._guidance)
        block = int(_BLOCK_S * track.sample_rate)
        try:
            for start in range(0, track.history.end, block):
                stream.accept(track.history.view(start, start + block))
            return stream.finish()
        finally:
            stream.close()

    def close(self) -> None:
        """Free every recogniser that was loaded."""
        self.slot.chain.close()
        for candidate in self._named.values():
            candidate.provider.close()

    def _request(
        self, sample_rate: int, language: str | None, grammar: Grammar | None
    ) -> AsrRequest:
        wanted = (grammar or self._grammar) if self._guidance.mode != "off" else None
        return AsrRequest(sample_rate, language or self.slot.section.language, wanted)

    def _only(self, provider: str) -> ProviderChain[Asr[Any]]:
        """Return a chain of one named provider, shared with the slot's where it stands there."""
        return ProviderChain(Kind.ASR, [self._candidate(provider)], lambda event: None)

    def _candidate(self, provider: str) -> Candidate[Asr[Any]]:
        known = {one.name: one for one in self.slot.chain.candidates()} | self._named
        if provider not in known:
            known[provider] = self._named[provider] = self.slot.find(provider)
        return known[provider]
