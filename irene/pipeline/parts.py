"""What an assistant is put together from: every component, loaded and closed together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar, cast

from irene.audio.plan import AudioPlan, Consumer, draft_plan
from irene.audio.streams import OpenConverter, StreamTracks
from irene.components.assembly import Assembly, Heritage
from irene.components.call_watch import CallWatch, hung_s
from irene.components.chain import Candidate, ProviderChain, Report
from irene.components.grammars import unheard
from irene.components.language.listening import LanguageListener
from irene.components.slot import AudioSlot
from irene.components.speech_activity import SpeechActivityListener
from irene.components.stop_words import STOP_WORDS, StopWordComponent, StopWordListener
from irene.components.threads import in_thread
from irene.components.understanding import UnderstandingComponent
from irene.config.sections import Config
from irene.domain.audio import AudioFormat
from irene.domain.clock import Clock
from irene.domain.events import Warned
from irene.domain.grammar import Grammar
from irene.domain.kinds import Kind
from irene.domain.languages import primary_language
from irene.errors import ProviderFailedError
from irene.memory.watermark import Shrinkable
from irene.pipeline.listening.ear import Ear, keep_s
from irene.pipeline.plan_problems import require_followed
from irene.pipeline.speaking.earcons import Earcons
from irene.pipeline.speaking.mouth import Mouth
from irene.plugin.registry import ComponentRegistry
from irene.providers.input import Input
from irene.providers.intent_recognition import NO_CONTEXT, Context
from irene.providers.voice_trigger import VoiceTrigger
from irene.telemetry.costs import StageCosts

T = TypeVar("T")

_Work = Callable[[], None]

_GRACE_S = 1.0
"""time in which a chain tells who has not loaded in time, before nobody waits any more"""
_NOTHING: Mapping[str, Any] = {}

_HEARD_FREELY = (
    'asr.grammar = "only": it is not known what can be understood, so recognition is free; set '
    'asr.grammar to "auto", or take sentences and an intent recogniser that know it'
)


def source_table(source: Candidate[Input[Any]]) -> str:
    """Return the TOML table in which an input's rate can be chosen; empty where it cannot."""
    if not source.provider.live or not hasattr(source.provider.options, "rate"):
        return ""
    is_microphone = source.name == "microphone"
    return "inputs.microphone_config" if is_microphone else f"inputs.providers.{source.name}"


class Parts:
    """The components of one assistant.

    Some of them may be those of an assistant that runs, which is to go on with the others.
    """

    def __init__(
        self,
        config: Config,
        registry: ComponentRegistry,
        report: Report,
        clock: Clock | None = None,
        *,
        heritage: Heritage | None = None,
        kept: Mapping[str, Any] = _NOTHING,
    ) -> None:
        """Make the components that are not `kept`, which holds them by the names of attributes.

        `clock` is the machine's unless given.
        """
        self._config = config
        self._registry = registry
        self._report = report
        assembly = Assembly(config, registry, report, clock, heritage)

        def part(name: str, make: Callable[[], T]) -> T:
            return cast("T", kept[name]) if name in kept else make()

        self.trigger = part("trigger", assembly.voice_trigger)
        """what hears the wake word; None: every utterance is for the assistant"""
        self.stop_words = part("stop_words", assembly.stop_words)
        """what hears the stop words; None: there are none"""
        self.vad = part("vad", assembly.vad_slot)
        """what hears that somebody speaks"""
        self.asr = part("asr", assembly.asr)
        """what hears the words"""
        self.language = part("language", assembly.language)
        """what identifies the language; None: there is only one"""
        self.open_converter = assembly.open_converter()
        """starts a sample rate conversion"""
        self.resampling = assembly.resampling
        """what converts"""
        self.models = assembly.models
        """what loaded models may take"""
        self.engines = assembly.engines
        """engines that several providers hold between them"""
        self.recorder = assembly.recorder
        """what takes the figures"""
        self.inputs = part("inputs", assembly.inputs)
        """where audio comes from"""
        self.understanding = part("understanding", assembly.understanding)
        """what finds the answer; None: speech is only transcribed"""
        self.own_voice = part("own_voice", assembly.own_voice)
        """what keeps the assistant from hearing itself"""
        self.mouth = Mouth(
            part("voice", assembly.voice),
            part("outputs", partial(assembly.outputs, self.own_voice.overhear)),
            config.assistant.response_timeout_ms / 1000,
            config.tts.volume,
            part("earcons", partial(Earcons, config.sounds)),
        )
        """what says it"""
        self.made = tuple(assembly.made)
        """the providers that were made for these components, or taken over by them"""
        assembly.forget()

    async def load(self) -> None:
        """Load and warm up every component; when one cannot be, close the others again.

        Raises:
            ConfigurationError: sentences or options are wrong.
            ProviderUnavailableError: nothing can fill a slot.
            ProviderFailedError: an engine did not load in time.
        """
        loading = (self._loaded(name, work) for name, work in self._loaders().items())
        # All of them are waited for: a process that ends while an engine loads may abort in it.
        outcomes = await asyncio.gather(*loading, return_exceptions=True)
        try:
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
            await self._loaded("grammar", self.guide)
        except BaseException:
            await self.close()
            raise
        fallbacks = [self.understanding.fallbacks] if self.understanding is not None else []
        for chain in (*self.chains(), *fallbacks):
            chain.probe_in_background()

    def guide(self) -> None:
        """Let what can be understood guide recognition; called again when the sentences change.

        When that cannot be found out any more, it stays guided as it was, which is reported.
        """
        grammar = self._grammar()
        was_known = self.understanding is not None and self.asr.grammar is not None
        if grammar is None and was_known:
            message = "recognition is guided by the sentences as they were: new ones are not known"
            self._report(Warned(message=message))
            return
        self.asr.guide(grammar, self._further_grammars())

    def prepare_guide(self) -> None:
        """Have recognition ready for what `guide` will ask of it."""
        grammar = self._grammar()
        if grammar is not None:
            self.asr.prepare(grammar)

    def grammar(self, context: Context, language: str | None = None) -> Grammar | None:
        """Return what may be said in this context; None leaves it to the one of `guide`.

        `language` is the one that was spoken last; None is the assistant's.
        """
        is_guided = context and self.asr.grammar is not None
        return self._grammar(context, language) if is_guided else None

    def prepare(self, grammar: Grammar) -> None:
        """Have recognition ready for an utterance that brings this grammar."""
        self.asr.prepare(grammar)

    async def close(self) -> None:
        """Free every engine."""
        await self.mouth.close()
        await in_thread("close", self._close)

    def plan(self, source: AudioFormat) -> AudioPlan:
        """Decide how each component gets its audio from an input of this format.

        Raises:
            ConfigurationError: strict validation forbids that; every conflict is listed, with its
                place in the configuration.
        """
        consumers = [asking.consumer() for asking in self._asking()]
        plan = self._draft(source, self.inputs.current, consumers)
        require_followed(plan, self._config)
        return plan

    def expected_plan(self, source: AudioFormat) -> AudioPlan:
        """Return what `plan` would, with its conflicts, without loading an engine."""
        consumers = [asking.expected_consumer() for asking in self._asking()]
        known = [consumer for consumer in consumers if consumer is not None]
        return self._draft(source, self.inputs.expected, known)

    def _draft(
        self, source: AudioFormat, taken: Candidate[Input[Any]] | None, consumers: list[Consumer]
    ) -> AudioPlan:
        table = "" if taken is None else source_table(taken)
        plan = draft_plan(source, consumers, table)
        live = taken is not None and taken.provider.live
        echo = self.own_voice.conflict(source.sample_rate, table, live)
        return plan if echo is None else replace(plan, conflicts=(*plan.conflicts, echo))

    def _asking(self) -> list[AudioSlot[Any, Any] | StopWordComponent]:
        """Return everything that wants the audio of the input, in the order in which it flows."""
        trigger = [] if self.trigger is None else [self.trigger.slot]
        stop_words = [] if self.stop_words is None else [self.stop_words]
        language = [] if self.language is None else [self.language.slot]
        return [*trigger, *stop_words, self.vad, self.asr.slot, *language]

    def ear(self, plan: AudioPlan, clock: Clock) -> Ear:
        """Open the streams of the listening engines."""
        watch = CallWatch(hung_s(self._config))
        tracks = StreamTracks(plan, keep_s(self._config), self.watched_converter(watch))
        return Ear(
            tracks=tracks,
            wake=self.trigger.open(tracks.of("voice_trigger"), watch) if self.trigger else None,
            stop=self.open_stop_words(tracks, watch),
            vad=SpeechActivityListener(self.vad.chain, tracks.of("vad"), watch),
            asr=self.asr,
            clock=clock,
            costs=StageCosts(clock),
            watch=watch,
            languages=None if self.language is None else LanguageListener(self.language),
        )

    def watched_converter(self, watch: CallWatch) -> OpenConverter:
        """Return what starts a conversion whose calls somebody looks at."""
        return partial(self.resampling.open_stream, watch=watch)

    def open_stop_words(self, tracks: StreamTracks, watch: CallWatch) -> StopWordListener | None:
        """Listen for stop words while something sounds, if there are any."""
        if self.stop_words is None:
            return None
        track = tracks.of(STOP_WORDS)
        return self.stop_words.open(track, lambda: self.mouth.is_speaking, watch)

    def caches(self) -> list[Shrinkable]:
        """Return what can do without its memory when that gets scarce."""
        caches: list[Shrinkable] = [
            *self.resampling.caches,
            self.asr.transcripts.kept,
            self.engines.encodings,
        ]
        if self.mouth.voice is not None:
            caches.append(self.mouth.voice.cache)
        if self.understanding is not None:
            caches.append(self.understanding.cache)
        for made in self.made:
            caches.extend(made.provider.caches)
        return [*caches, self.models]

    def serving(self) -> dict[str, str]:
        """Return the name of the provider that serves in each slot."""
        names = {str(chain.kind): chain.current.name for chain in self.chains()}
        if self.understanding is not None:
            names[str(Kind.INTENT_RECOGNITION)] = self.understanding.recognizer
        return self._of_slots(names)

    def expected(self) -> dict[str, str]:
        """Return the name of the provider that would serve next in each slot; loads nothing."""
        chains = self.chains()
        if self.understanding is not None:
            chains.append(self.understanding.recognizers)
        expected = {str(chain.kind): chain.expected for chain in chains}
        return self._of_slots({kind: one.name for kind, one in expected.items() if one})

    def _of_slots(self, names: dict[str, str]) -> dict[str, str]:
        source = self.inputs.expected
        if source is not None and not source.provider.live:
            names.pop(str(Kind.ECHO_CANCELLATION), None)  # a file does not hear the loudspeaker
        return names

    def doubts(self) -> list[str]:
        """Return a line for everything that will work less well than somebody may expect."""
        broken = [
            f"plugin {plugin.name!r} ({plugin.distribution or plugin.module}) is broken: "
            f"{plugin.error}"
            for plugin in self._registry.plugins
            if plugin.error
        ]
        understood = []
        if self.understanding is not None:
            understood = self.understanding.doubts(self._config.assistant.language)
        return broken + self.doubts_about_language() + understood + self._doubts_about_words()

    def listening_for(self) -> Iterator[tuple[str, Candidate[VoiceTrigger[Any]], Sequence[str]]]:
        """Yield the keys of wake words and stop words, who would hear them, and the words."""
        section = self._config.voice_trigger
        trigger = self.trigger.slot.chain.expected if self.trigger else None
        stop = self.stop_words.chain.expected if self.stop_words else None
        if trigger is not None:
            yield "voice_trigger.wake_words", trigger, section.wake_words
        if stop is not None:
            yield "voice_trigger.stop_words", stop, section.stop_words

    def doubts_about_language(self) -> list[str]:
        """Return a line when the recogniser that would serve does not know the language."""
        language = self.asr.slot.section.language or self._config.assistant.language
        doubts = self._doubts_about_recogniser(f"assistant.language = {language!r}", language)
        for other in () if self.language is None else self.language.languages:
            if primary_language(other) != primary_language(language):
                doubts += self._doubts_about_recogniser(f"language.languages: {other!r}", other)
        return doubts if self.language is None else doubts + self.language.doubts()

    def _doubts_about_recogniser(self, key: str, language: str) -> list[str]:
        serving = self.asr.chain_of(language).expected
        if serving is None:
            return []
        known = serving.provider.capabilities.languages
        if not known or primary_language(language) in map(primary_language, known):
            return []
        return [
            f"{key}: asr provider {serving.name!r} knows {', '.join(known)} only; "
            "it will misunderstand"
        ]

    def _doubts_about_words(self) -> list[str]:
        """Return a line about sentences that are only heard freely, and one about words."""
        grammar = self.asr.grammar
        if grammar is None:
            return [_HEARD_FREELY] if self._config.asr.grammar == "only" else []
        doubts = [f"recognition is not guided by {line}" for line in grammar.omitted]
        words = self.asr.unknown_words()
        return doubts + ([unheard(self.asr.slot.chain.current.name, words)] if words else [])

    def _grammar(
        self, context: Context = NO_CONTEXT, language: str | None = None
    ) -> Grammar | None:
        if self.understanding is None or self._config.asr.grammar == "off":
            return None
        language = language or self._config.assistant.language
        joined = self._config.asr.grammar_joins
        return self.understanding.grammar(language, context, joined)

    def _further_grammars(self) -> dict[str, Grammar | None]:
        """Return what can be understood in the languages beside the assistant's own."""
        further = () if self.understanding is None else self.understanding.further
        return {language: self._grammar(language=language) for language in further}

    def chains(self) -> list[ProviderChain[Any]]:
        """Return the providers of every slot but that of intents."""
        chains: list[ProviderChain[Any]] = [self.inputs, self.vad.chain, self.asr.slot.chain]
        if self.trigger is not None:
            chains.insert(1, self.trigger.slot.chain)
        if self.language is not None:
            chains.append(self.language.slot.chain)
        if self.mouth.voice is not None:
            chains.append(self.mouth.voice.chain)
        if self.own_voice.cancellers is not None:
            chains.append(self.own_voice.cancellers)
        return [*chains, self.mouth.outputs, self.resampling.chain]

    def _loaders(self) -> dict[str, _Work]:
        """Return one blocking piece of work per component; they run side by side."""
        loaders: dict[str, _Work] = {str(chain.kind): chain.warm_up for chain in self.chains()}
        loaders["sounds"] = self.mouth.earcons.load
        loaders["recognisers"] = self.asr.load_others
        loaders["speech that was left"] = self.asr.keep_left_speech
        if self.mouth.voice is not None:
            loaders[str(Kind.TTS)] = self.mouth.voice.load
        if self.stop_words is not None:
            loaders["stop words"] = self.stop_words.chain.warm_up
        if self.understanding is not None:
            language = self._config.assistant.language
            loaders[str(Kind.INTENTS)] = partial(self._load_sentences, self.understanding, language)
        return loaders

    def _load_sentences(self, understanding: UnderstandingComponent, language: str) -> None:
        """Compile the sentences, and their grammar, while the engines load."""
        understanding.load(language)
        self._grammar()
        self._further_grammars()

    async def _loaded(self, name: str, work: _Work) -> None:
        limit_ms = self._config.assistant.load_timeout_ms
        try:
            await in_thread("load", work, limit_ms / 1000 * self._n_limits(name) + _GRACE_S)
        except asyncio.TimeoutError as error:
            raise ProviderFailedError(
                f"{name} did not load within assistant.load_timeout_ms = {limit_ms}"
            ) from error

    def _n_limits(self, name: str) -> int:
        """Return how often the time limit may pass: a chain leaves who hangs, and loads the next.

        Each of its providers loads, and is warmed up.
        """
        chains = self.chains()
        if self.understanding is not None and name == str(Kind.INTENTS):
            return 2 * (len(self.understanding.recognizers) + len(self.understanding.fallbacks) + 1)
        return max([1, *(2 * len(chain) for chain in chains if str(chain.kind) == name)])

    def _close(self) -> None:
        self.asr.close()
        for chain in self.chains():
            chain.close()
        if self.stop_words is not None:
            self.stop_words.chain.close()
        if self.understanding is not None:
            self.understanding.close()
