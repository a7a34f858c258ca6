"""What an assistant is put together from: every component, loaded and closed together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

from irene.audio.plan import AudioPlan
from irene.audio.streams import OpenConverter, StreamTracks
from irene.components.assembly import Assembly
from irene.components.calls.watch import CallWatch, hung_s
from irene.components.chain.news import Report
from irene.components.chain.provider_chain import ProviderChain
from irene.components.language.listening import LanguageListener
from irene.components.making.carried_over import CarriedOver
from irene.components.speech_activity import SpeechActivityListener
from irene.components.threads import in_thread
from irene.components.understanding.component import UnderstandingComponent
from irene.components.voice_trigger.stop_words import STOP_WORDS, StopWordListener
from irene.config.sections import Config
from irene.domain.clock import Clock
from irene.domain.kinds import Kind
from irene.errors import ProviderFailedError
from irene.memory.watermark import Shrinkable
from irene.pipeline.listening.ear import Ear, keep_s
from irene.pipeline.sentence_guide import SentenceGuide
from irene.pipeline.speaking.earcons import Earcons
from irene.pipeline.speaking.mouth import Mouth
from irene.plugin.registry import ComponentRegistry
from irene.telemetry.costs import StageCosts

T = TypeVar("T")

_GRACE_S = 1.0
"""time in which a chain tells who has not loaded in time, before nobody waits any more"""
_NOTHING: Mapping[str, Any] = {}


class _Loading(NamedTuple):
    """What one component has to do before it can serve."""

    name: str
    """what messages call it"""
    work: Callable[[], None]
    """blocks"""
    n_providers: int = 0
    """providers that it gets ready, one after another"""

    @property
    def n_limits(self) -> int:
        """How often the time limit may pass: each provider loads, and is warmed up.

        One that hangs in that is left by its chain, which gets the next one ready.
        """
        return max(1, 2 * self.n_providers)


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
        carried_over: CarriedOver | None = None,
        kept: Mapping[str, Any] = _NOTHING,
    ) -> None:
        """Make the components that are not `kept`, which holds them by the names of attributes.

        `clock` is the machine's unless given.
        """
        self.config = config
        """what they are made from"""
        self.registry = registry
        """the providers that there are"""
        assembly = Assembly(config, registry, report, clock, carried_over)

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
        self.guide = SentenceGuide(config, self.asr, self.understanding, report)
        """what lets the sentences guide recognition"""
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
        loading = map(self._loaded, self._loaders())
        # All of them are waited for: a process that ends while an engine loads may abort in it.
        outcomes = await asyncio.gather(*loading, return_exceptions=True)
        try:
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
            await self._loaded(_Loading("grammar", self.guide.renew))
        except BaseException:
            await self.close()
            raise
        fallbacks = [self.understanding.fallbacks] if self.understanding is not None else []
        for chain in (*self.every_chain(), *fallbacks):
            chain.probe_in_background()

    def open_tiers(self) -> None:
        """Let the further recognisers of intents read the sentences.

        Not while engines load: they would share the interpreter, and everything would be later.
        """
        if self.understanding is not None:
            self.understanding.open_tiers()

    async def close(self) -> None:
        """Free every engine."""
        await self.mouth.close()
        await in_thread("close", self._close)

    def ear(self, plan: AudioPlan, clock: Clock) -> Ear:
        """Open the streams of the listening engines; all of them, or none.

        Raises:
            ProviderUnavailableError: there is nobody to listen, or to convert.
            ProviderFailedError: nobody can.
        """
        watch = CallWatch(hung_s(self.config))
        with ExitStack() as undo:
            tracks = StreamTracks(plan, keep_s(self.config), self.watched_converter(watch))
            undo.callback(tracks.close)
            wake = self.trigger.open(tracks.of("voice_trigger"), watch) if self.trigger else None
            if wake is not None:
                undo.callback(wake.close)
            stop = self.open_stop_words(tracks, watch)
            if stop is not None:
                undo.callback(stop.close)
            vad = SpeechActivityListener(self.vad.chain, tracks.of("vad"), watch)
            undo.pop_all()
        return Ear(
            tracks=tracks,
            wake=wake,
            stop=stop,
            vad=vad,
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

    def every_chain(self) -> list[ProviderChain[Any]]:
        """Return those of `chains`, and those that stand beside them or recognise intents."""
        chains = [*self.chains(), *self.asr.others.values()]
        if self.stop_words is not None:
            chains.append(self.stop_words.chain)
        if self.understanding is not None:
            chains.append(self.understanding.recognizers)
        if self.mouth.voice is not None:
            chains.extend(self.mouth.voice.others.values())
        return chains

    def _loaders(self) -> Iterator[_Loading]:
        """Yield the work of the components; it is done side by side."""
        voice, understanding = self.mouth.voice, self.understanding
        for chain in self.chains():
            if voice is None or chain is not voice.chain:
                yield _Loading(str(chain.kind), chain.warm_up, len(chain))
        if voice is not None:
            yield _Loading(str(Kind.TTS), voice.load, sum(map(len, voice.chains)))
        others = self.asr.others.values()
        yield _Loading("recognisers", self.asr.load_others, sum(map(len, others)))
        if self.stop_words is not None:
            stop_words = self.stop_words.chain
            yield _Loading("stop words", stop_words.warm_up, len(stop_words))
        if understanding is not None:
            n_providers = len(understanding.recognizers) + len(understanding.fallbacks) + 1
            sentences = partial(self._load_sentences, understanding)
            yield _Loading(str(Kind.INTENTS), sentences, n_providers)
        yield _Loading("sounds", self.mouth.earcons.load)
        yield _Loading("speech that was left", self.asr.keep_left_speech)

    def _load_sentences(self, understanding: UnderstandingComponent) -> None:
        """Compile the sentences, and their grammar, while the engines load."""
        understanding.load(self.config.assistant.language)
        self.guide.compile()

    async def _loaded(self, loading: _Loading) -> None:
        limit_ms = self.config.assistant.load_timeout_ms
        try:
            limit_s = limit_ms / 1000 * loading.n_limits + _GRACE_S
            await in_thread("load", loading.work, limit_s)
        except asyncio.TimeoutError as error:
            raise ProviderFailedError(
                f"{loading.name} did not load within assistant.load_timeout_ms = {limit_ms}"
            ) from error

    def _close(self) -> None:
        for chain in self.every_chain():
            chain.stop_probing()  # or a trial would load again what is closed
        self.asr.close()
        for chain in self.chains():
            chain.close()
        if self.stop_words is not None:
            self.stop_words.chain.close()
        if self.understanding is not None:
            self.understanding.close()
