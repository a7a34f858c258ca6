"""The speech recognition slot."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from weakref import WeakSet

from irene.components.asr.choice import AsrChain, AsrSlot, RecogniserChoice, value_of
from irene.components.asr.guidance import Guidance
from irene.components.asr.stream import Recognition
from irene.components.asr.transcripts import Transcripts, transcript_key
from irene.components.calls.abandoned import AbandonedCalls
from irene.components.chain.news import Report
from irene.components.clip_checks import chunk_of
from irene.components.routing.outcome import Outcome
from irene.components.threads import in_thread
from irene.components.utterances.callbacks import UtteranceCallbacks
from irene.components.utterances.lost_speech import LostSpeech
from irene.components.utterances.pending_speech import PendingSpeech
from irene.components.utterances.recognisers import Recognisers
from irene.components.utterances.refusals import Refusals
from irene.components.utterances.time_limits import TimeLimits
from irene.components.utterances.utterance import Utterance
from irene.domain.audio import AudioChunk, AudioData
from irene.domain.clock import Clock, SystemClock
from irene.domain.grammar import Grammar
from irene.domain.kinds import Kind
from irene.domain.languages import is_same_language
from irene.domain.speech import Hypothesis
from irene.errors import IreneError
from irene.providers.asr import AsrRequest
from irene.providers.border import ForeignCode

_BLOCK_S = 0.25
_RECORDING_PACE = 20.0
"""seconds of work that are granted for each second of a recording, beside the deadline"""

_LONGEST_COMMAND_S = 15.0
"""a recording that is longer is no command: asking for one would only take time"""


class ASRComponent:
    """Recognises speech with the configured providers; without arguments, with the defaults."""

    def __init__(
        self,
        slot: AsrSlot | None = None,
        report: Report = lambda event: None,
        limits: TimeLimits | None = None,
        pending: PendingSpeech | None = None,
        clock: Clock | None = None,
        *,
        others: Mapping[str, AsrChain] | None = None,
        before: ASRComponent | None = None,
    ) -> None:
        """`limits` are those of what is said live; a recording may take longer.

        `pending` takes what was said live and nobody could recognise; None: it is lost.
        `others` recognise the languages that have recognisers of their own, by BCP 47 tag. What
        the component `before` this one knows of its providers is taken over.
        """
        if slot is None:
            from irene.components.assembly import Assembly  # it builds on this module

            slot = Assembly.default().asr_slot()
        self.slot = slot
        self._guidance: Guidance = Guidance(
            slot.section.grammar, report, before._guidance if before else None
        )
        self._grammar: Grammar | None = None
        self._grammars: Mapping[str, Grammar] = {}
        self._limits = limits or TimeLimits()
        self._clock = clock or SystemClock()
        self._choice: RecogniserChoice = RecogniserChoice(slot, others or {}, self._clock)
        self._lost_speech = LostSpeech(pending, report, self._clock)
        self._recognisers: Recognisers = Recognisers(
            chain=slot.chain,
            guidance=self._guidance,
            refusals=before._recognisers.refusals if before else Refusals(),
            abandoned=before._recognisers.abandoned if before else AbandonedCalls(Kind.ASR, report),
            clock=self._clock,
        )
        self._lock = threading.Lock()
        self._utterances: WeakSet[Utterance] = WeakSet()
        self.transcripts = Transcripts(slot.section.cache_size)
        """what was said in recordings, as many as `[asr] cache_size` says"""
        if before is not None and before.slot.section.cache_size == slot.section.cache_size:
            self.transcripts = before.transcripts

    def guide(
        self, grammar: Grammar | None, others: Mapping[str, Grammar | None] | None = None
    ) -> None:
        """Let a grammar guide all utterances that bring none of their own; blocks.

        The provider that serves compiles it now, one that takes over before it hears anything.
        `[asr] grammar = "off"` leaves it without effect. `others` guide what is said in further
        languages, by BCP 47 tag.
        """
        self._grammar = grammar if self._guidance.mode != "off" else None
        found = {} if self._guidance.mode == "off" else dict(others or {})
        self._grammars = {one: other for one, other in found.items() if other is not None}
        if self._grammar is not None:
            self.prepare(self._grammar)
        for language, other in self._grammars.items():
            self._prepare(self.chain_of(language), other)

    def prepare(self, grammar: Grammar) -> None:
        """Have the provider that serves compile a grammar that the next utterance brings; blocks.

        What it refuses is reported, and then recognised freely.
        """
        if self._guidance.mode != "off":
            self._prepare(self.slot.chain, grammar)

    def _prepare(self, chain: AsrChain, grammar: Grammar) -> None:
        with chain.held() as serving:
            self._guidance.prepare(serving, grammar)

    @property
    def others(self) -> Mapping[str, AsrChain]:
        """Recognisers of the languages that have their own, by BCP 47 tag."""
        return self._choice.others

    @property
    def grammar(self) -> Grammar | None:
        """What guides recognition; None when everything is recognised freely."""
        return self._grammar

    def unknown_words(self) -> tuple[str, ...]:
        """Return the words of the grammar that the provider that serves can never hear."""
        with self.slot.chain.held() as serving:
            if self._grammar is None or not self._guidance.suits(serving, self._grammar):
                return ()
            try:
                with ForeignCode():
                    return tuple(serving.provider.unknown_words(self._grammar.vocabulary))
            except IreneError as error:
                self.slot.chain.failed(serving.name, error)
                return ()

    @property
    def abandoned(self) -> AbandonedCalls:
        """Calls that were given up because a recogniser did not answer."""
        return self._recognisers.abandoned

    def open(
        self,
        sample_rate: int,
        language: str | None = None,
        grammar: Grammar | None = None,
        callbacks: UtteranceCallbacks | None = None,
    ) -> Utterance:
        """Start on a new utterance of mono audio at this rate (Hz), as somebody speaks.

        Args:
            sample_rate: Hz.
            language: BCP 47 tag; None takes the configured one.
            grammar: what may be said now; None takes the one of `guide` for this language.
            callbacks: what is called while it is recognised.
        """
        request = self._request(sample_rate, language, grammar)
        recognisers = replace(
            self._recognisers, patience_s=self._limits.patience_s, chain=self.chain_of(language)
        )
        callbacks = callbacks or UtteranceCallbacks()
        utterance = self._begun(Utterance(recognisers, request, self._limits, callbacks))
        self._lost_speech.guard(utterance, callbacks)
        return utterance

    async def process_audio(self, audio: AudioData, provider: str | None = None) -> Hypothesis:
        """Return what is said in a clip.

        Args:
            audio: the clip.
            provider: name of a provider; None takes the serving one, with fall-back.

        Raises:
            AudioFormatError: the clip is damaged, or holds a sample that is no number.
            ConfigurationError: no such provider.
            ProviderUnavailableError: the provider cannot be loaded.
            ProviderFailedError: every provider has failed.
        """
        recognition = await in_thread("asr", lambda: self.recognize(chunk_of(audio), provider))
        return recognition.hypothesis

    def recognize(
        self,
        clip: AudioChunk,
        provider: str | None = None,
        language: str | None = None,
        at_once: int = 1,
    ) -> Recognition:
        """Return what is said in a clip and who recognised it; blocks.

        A `language` other than the configured one is asked of the recogniser. With
        `[asr] cache_size`, a clip that comes again is not recognised again. Of several that are
        asked for `at_once`, each may take as many times as long.
        """
        limits = self._limits.of_recordings(_RECORDING_PACE, at_once)
        if not self.transcripts.kept.max_entries:
            return self._recognize(clip, provider, language, limits)
        chain = self.chain_of(language)
        serving = chain.current if provider is None else self._choice.named(provider)
        heard_as = language or self.slot.section.language
        return self.transcripts.get(
            transcript_key(clip, serving, heard_as, self._grammar_of(language)),
            serving.name,
            lambda: self._recognize(clip, provider, language, limits),
        )

    def _recognize(
        self, clip: AudioChunk, provider: str | None, language: str | None, limits: TimeLimits
    ) -> Recognition:
        chain = self.chain_of(language) if provider is None else self._choice.only(provider)
        recognisers = replace(self._recognisers, chain=chain)
        track = self.slot.clip_track(clip)
        request = self._request(track.sample_rate, language, None, live=False)
        if clip.duration_s > _LONGEST_COMMAND_S and self._guidance.mode == "auto":
            request = replace(request, grammar=None)
        utterance = self._begun(Utterance(recognisers, request, limits, UtteranceCallbacks()))
        block = int(_BLOCK_S * track.sample_rate)
        for start in range(0, track.history.end, block):
            utterance.feed(track.history.view(start, start + block))
        utterance.end()
        return utterance.wait()

    def _begun(self, utterance: Utterance) -> Utterance:
        with self._lock:
            self._utterances.add(utterance)
        return utterance

    def close(self) -> None:
        """Free every recogniser that was loaded; utterances in progress are given up."""
        with self._lock:
            utterances = tuple(self._utterances)
        for utterance in utterances:
            utterance.stop("recognition is closed", Outcome.TORN_DOWN)
        self._choice.close()

    def keep_left_speech(self) -> None:
        """Keep what was being said when an assistant before this one was killed; blocks."""
        self._lost_speech.keep_left()

    def load_others(self) -> None:
        """Load and warm up the recognisers of the languages that have their own; blocks.

        Raises:
            ProviderUnavailableError: nobody can recognise one of these languages.
        """
        self._choice.load_others()

    def _request(
        self, sample_rate: int, language: str | None, grammar: Grammar | None, live: bool = True
    ) -> AsrRequest:
        language = language or self.slot.section.language
        if grammar is not None and language and not is_same_language(grammar.language, language):
            grammar = None  # it was made while another language was spoken
        wanted = grammar or self._grammar_of(language)
        wanted = wanted if self._guidance.mode != "off" else None
        return AsrRequest(sample_rate, language, wanted, live)

    def chain_of(self, language: str | None) -> AsrChain:
        """Return the chain that recognises a language, a BCP 47 tag; None: the configured one."""
        return self._choice.of_language(language)

    def _grammar_of(self, language: str | None) -> Grammar | None:
        configured = self.slot.section.language
        if language is None or configured is None or is_same_language(language, configured):
            return self._grammar
        return value_of(self._grammars, language)
