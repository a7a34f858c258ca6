"""Building the components that a configuration describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

from irene.audio.input_buffer import BufferSettings
from irene.audio.streams import OpenConverter
from irene.components.asr import ASRComponent, AsrSlot
from irene.components.call_watch import CallWatch, hung_s
from irene.components.chain import Candidate, ProviderChain, Report
from irene.components.isolation.isolating import isolated
from irene.components.isolation.reports import WorkerReports
from irene.components.isolation.settings import WorkerSettings, longest_call_s
from irene.components.language.component import LanguageComponent
from irene.components.model_memory import budget_of, house
from irene.components.own_voice import OwnVoice
from irene.components.resampling import ResamplingComponent
from irene.components.services import state_folder
from irene.components.sharing import Sharing, sharing_of
from irene.components.slot import AudioSlot
from irene.components.stock import Stock, Stocked
from irene.components.stop_words import StopWordComponent
from irene.components.understanding import UnderstandingComponent
from irene.components.utterances.pending_speech import PendingSpeech
from irene.components.utterances.time_limits import TimeLimits
from irene.components.voice import VoiceComponent
from irene.components.voice_trigger import VoiceTriggerComponent, VoiceTriggerSlot
from irene.config.loading import load_config
from irene.config.sections import AudioSection, Config, ProviderTable, SlotSection, VadSection
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import Event
from irene.domain.kinds import Kind
from irene.domain.languages import primary_language
from irene.errors import ConfigurationError
from irene.memory.budget.models import ModelBudget
from irene.plugin.registry import ComponentRegistry
from irene.providers.asr import Asr
from irene.providers.input import Input
from irene.providers.output import Output
from irene.providers.provider import Provider
from irene.providers.shared_engines import SharedEngines
from irene.providers.vad import Vad
from irene.telemetry.recorder import Recorder

_PENDING = "pending-speech"
"""folder of utterances that nobody could recognise, in the state folder of the assistant"""

_LISTENING = (
    *(Kind.VOICE_TRIGGER, Kind.VAD, Kind.RESAMPLING, Kind.LANGUAGE),
    Kind.ECHO_CANCELLATION,
)
"""kinds whose calls have no other limit while somebody speaks than that they may not hang"""
_SPEAKING = (Kind.TTS, Kind.OUTPUT)
"""kinds that have to get on while somebody waits for an answer"""
_STAND_IN_SHARE = 2 / 3
"""share of the time in which an answer must get on after which another provider is asked"""
_GRACE_S = 1.0
"""time in which whoever loads a provider tells that it takes too long, before another one does"""
_INTENT_KEY = "assistant.intent_timeout_ms"
_RESPONSE_KEY = "2/3 of assistant.response_timeout_ms"

Overhear = Callable[[Output[Any]], Output[Any]]

VadSlot = AudioSlot[Vad[Any], VadSection]


def _unreported(event: Event) -> None:
    """Take an event that nobody listens for: single components have no run to report to."""


@dataclass(frozen=True)
class Heritage:
    """What components that are made anew take over from those before them."""

    stock: Stock = field(default_factory=Stock)
    """providers that are used as they are, loaded or not"""
    chains: Mapping[Kind, ProviderChain[Any]] = field(default_factory=dict)
    """slots whose providers stay"""
    before: Mapping[Kind, ProviderChain[Any]] = field(default_factory=dict)
    """all slots as they are filled so far"""
    resampling: ResamplingComponent | None = None
    """what converts for every slot"""
    models: ModelBudget | None = None
    """what loaded models may take"""
    asr: ASRComponent | None = None
    """the recogniser before this one"""
    voice: VoiceComponent | None = None
    """the voice before this one"""
    understanding: UnderstandingComponent | None = None
    """what understood before"""
    engines: SharedEngines | None = None
    """engines that providers hold between them"""
    recorder: Recorder | None = None
    """what takes the figures"""


class Assembly:
    """Makes chains and components from a configuration; nothing is loaded here."""

    def __init__(
        self,
        config: Config,
        registry: ComponentRegistry,
        report: Report = _unreported,
        clock: Clock | None = None,
        heritage: Heritage | None = None,
    ) -> None:
        """`clock` is the machine's unless given."""
        self.config = config
        self.registry = registry
        self.report = report
        self.made: list[Stocked] = []
        """every provider that was made, or taken from the stock"""
        self._heritage = heritage or Heritage()
        self._clock = clock or SystemClock()
        self.models = self._heritage.models or budget_of(config.memory, report, self._clock)
        """what loaded models may take"""
        self.engines = self._heritage.engines or SharedEngines()
        """engines that the providers of all slots hold between them"""
        self.recorder = self._heritage.recorder or Recorder(
            self._clock, max_samples=config.performance.max_metrics_history
        )
        """what takes the figures of all parts"""
        self.resampling = self._heritage.resampling or ResamplingComponent(
            self.chain(Kind.RESAMPLING), config.resampling
        )
        """what converts for every slot"""

    def forget(self) -> None:
        """Take over nothing any more; hold none of the providers that were there or were made."""
        self._heritage, self.made = Heritage(), []

    @classmethod
    def default(cls) -> Assembly:
        """Return the assembly of the default profile with every installed plugin."""
        registry = ComponentRegistry.installed()
        return cls(load_config("default", registry=registry), registry)

    def chain(self, kind: Kind) -> ProviderChain[Any]:
        """Return the enabled providers of a slot: the default one, then the fall-backs."""
        if kind in self._heritage.chains:
            return self._heritage.chains[kind]
        section = cast("SlotSection", getattr(self.config, str(kind)))
        names = [section.default_provider, *section.fallback_providers]
        tables = [section.providers[name] for name in dict.fromkeys(names) if name]
        candidates = [self._candidate(kind, table) for table in tables if table.enabled]
        beside = self._heritage.before.get(kind)
        sharing = self._sharing(kind)
        return ProviderChain(kind, candidates, self.report, sharing, self._clock, beside=beside)

    def _sharing(self, kind: Kind) -> Sharing:
        section = getattr(self.config, str(kind))
        return replace(sharing_of(section, section.providers), **self._limits(kind))

    def _limits(self, kind: Kind) -> dict[str, Any]:
        """Return how long calls of a kind may take that have no deadline, as `Sharing` has it."""
        limit_s, assistant = hung_s(self.config), self.config.assistant
        limits: dict[str, Any] = {"load_s": assistant.load_timeout_ms / 1000}
        if kind is Kind.INTENTS:
            limits |= {"hung_s": assistant.intent_timeout_ms / 1000, "hung_by": _INTENT_KEY}
        elif kind in _SPEAKING and limit_s is not None:
            longest_s = _STAND_IN_SHARE * assistant.response_timeout_ms / 1000
            limits |= {"hung_s": min(limit_s, longest_s), "longest_s": longest_s}
            if longest_s < limit_s:
                limits["hung_by"] = _RESPONSE_KEY
        elif kind in _LISTENING:
            limits["hung_s"] = limit_s
        return limits

    def voice_trigger_slot(self) -> VoiceTriggerSlot:
        """Return the voice trigger slot."""
        return self._audio_slot(Kind.VOICE_TRIGGER, self.config.voice_trigger)

    def voice_trigger(self) -> VoiceTriggerComponent | None:
        """Return the voice trigger, or None when every utterance is for the assistant."""
        if not self.config.voice_trigger.enabled:
            return None
        return VoiceTriggerComponent(self.voice_trigger_slot())

    def stop_words(self) -> StopWordComponent | None:
        """Return what hears stop words, or None when there are none."""
        section = self.config.voice_trigger
        if not section.stop_words:
            return None
        provider = self._find(Kind.VOICE_TRIGGER, section, section.stop_provider)
        sharing = self._sharing(Kind.VOICE_TRIGGER)
        return StopWordComponent(provider, section, self.report, sharing)

    def vad_slot(self) -> VadSlot:
        """Return the VAD slot.

        Raises:
            ConfigurationError: it is disabled, and nothing else can find the end of an utterance.
        """
        _require_enabled(self.config.vad, "vad", "the end of an utterance cannot be found")
        return self._audio_slot(Kind.VAD, self.config.vad)

    def asr_slot(self) -> AsrSlot:
        """Return the speech recognition slot.

        Raises:
            ConfigurationError: it is disabled.
        """
        section = self.config.asr
        _require_enabled(section, "asr", "nothing can be understood")
        language = section.language or self.config.assistant.language
        return self._audio_slot(Kind.ASR, replace(section, language=language))

    def asr(self) -> ASRComponent:
        """Return the recogniser."""
        assistant = self.config.assistant
        limits = TimeLimits(
            total_s=assistant.transcribe_timeout_ms / 1000,
            load_s=assistant.load_timeout_ms / 1000 + _GRACE_S,
        )
        section = self.config.asr
        keeps = section.keep_failed > 0 and section.keep_failed_mb > 0
        pending = self.pending_speech() if keeps else None
        before, slot = self._heritage.asr, self.asr_slot()
        component = ASRComponent(slot, self.report, limits, pending, self._clock, before=before)
        component.others = self._recognisers_of_languages(slot.chain)
        return component

    def _recognisers_of_languages(
        self, chain: ProviderChain[Asr[Any]]
    ) -> dict[str, ProviderChain[Asr[Any]]]:
        """Return a chain for each language that a recogniser of its own is named for."""
        if not self.config.language.enabled:
            return {}
        known = {one.name: one for one in chain.candidates()}
        made: dict[str, Candidate[Asr[Any]]] = {}
        chains = {}
        for language, name in self.config.language.recognisers.items():
            try:
                first = known.get(name) or made.get(name)
                first = first or self._find(Kind.ASR, self.config.asr, name)
            except ConfigurationError as error:
                raise ConfigurationError(f"language.recognisers.{language}: {error}") from error
            made[name] = first
            chains[language] = self._led_by(Kind.ASR, first, chain)
        return chains

    def language(self) -> LanguageComponent | None:
        """Return what identifies the spoken language, or None when there is only one."""
        section = self.config.language
        if not section.enabled:
            return None
        self.engines.encodings.resize(
            section.encoder_cache_size, int(section.encoder_cache_mb * 1e6)
        )
        slot = self._audio_slot(Kind.LANGUAGE, section)
        return LanguageComponent(
            slot,
            self.config.assistant.language,
            self.report,
            self._clock,
            self.recorder.stages,
        )

    @property
    def further_languages(self) -> tuple[str, ...]:
        """Languages that may be spoken beside the assistant's own."""
        section, own = self.config.language, primary_language(self.config.assistant.language)
        spoken = section.languages if section.enabled else ()
        return tuple(one for one in spoken if primary_language(one) != own)

    def pending_speech(self) -> PendingSpeech:
        """Return where utterances wait that nobody could recognise."""
        section = self.config.asr
        folder = state_folder(self.config.assistant, _PENDING)
        return PendingSpeech(folder, section.keep_failed, int(section.keep_failed_mb * 1e6))

    def voice(self) -> VoiceComponent | None:
        """Return the voice, or None when answers are only written."""
        if not self.config.tts.enabled:
            return None
        section = self.config.tts
        chain = self.chain(Kind.TTS)
        others = {
            language: self._led_by(
                Kind.TTS, self._candidate_of(Kind.TTS, section.providers[name], chain), chain
            )
            for language, name in section.voices.items()
            if name in section.providers and name != section.default_provider
        }
        language, before = self.config.assistant.language, self._heritage.voice
        return VoiceComponent(chain, section, language, others, before)

    def _candidate_of(
        self, kind: Kind, table: ProviderTable, chain: ProviderChain[Any]
    ) -> Candidate[Any]:
        """Return the candidate of a chain that has this table's name, or make one."""
        known = {candidate.name: candidate for candidate in chain.candidates()}
        return known.get(table.name) or self._candidate(kind, table)

    def _led_by(
        self, kind: Kind, first: Candidate[Any], chain: ProviderChain[Any]
    ) -> ProviderChain[Any]:
        """Return a chain that this provider leads; those of another chain stand in."""
        others = [one for one in chain.candidates() if one.name != first.name]
        sharing, asked = self._sharing(kind), [first, *others]
        return ProviderChain(kind, asked, self.report, sharing, self._clock, beside=chain)

    def understanding(self) -> UnderstandingComponent | None:
        """Return intent recognition and handlers, or None when speech is only transcribed."""
        if not self.config.intent_recognition.enabled:
            return None
        section = self.config.intents
        names = dict.fromkeys((*section.handlers, *filter(None, section.fallback)))
        handlers = {
            name: self._candidate(Kind.INTENTS, section.providers[name]).provider
            for name in names
            if section.providers[name].enabled
        }
        chain, sharing = self.chain(Kind.INTENT_RECOGNITION), self._sharing(Kind.INTENTS)
        before, tiers = self._heritage.understanding, self._tiers()
        return UnderstandingComponent(
            chain, handlers, section, self.report, tiers, sharing=sharing, before=before
        ).also_in(self.further_languages)

    def inputs(self) -> ProviderChain[Input[Any]]:
        """Return the input slot."""
        inputs, section = self.chain(Kind.INPUT), self.config.audio
        for candidate in inputs.candidates():
            candidate.provider.buffering = BufferSettings(
                frames=section.buffer_samples,
                crossfade=section.crossfade_samples,
                overflow_limit=section.overflow_limit,
                suspension_s=section.suspension_ms / 1000,
                pre_warm=section.pre_warm,
            )
        return inputs

    def outputs(self, overhear: Overhear = lambda output: output) -> ProviderChain[Output[Any]]:
        """Return the output slot; `overhear` may return something around each output."""
        plain = self.chain(Kind.OUTPUT).candidates()
        heard = [Candidate(one.name, overhear(one.provider)) for one in plain]
        sharing = self._sharing(Kind.OUTPUT)
        return ProviderChain(Kind.OUTPUT, heard, self.report, sharing, self._clock)

    def own_voice(self) -> OwnVoice:
        """Return what keeps the assistant from hearing itself."""
        mode = self.config.audio.echo
        kind, section = Kind.ECHO_CANCELLATION, self.config.echo_cancellation
        is_offered = section.providers[section.default_provider].type in self.registry.entries(kind)
        cancellers = self.chain(kind) if mode == "cancel" and is_offered else None
        return OwnVoice(mode, cancellers, self.resampling.open_stream)

    def open_converter(self) -> OpenConverter:
        """Return what starts a mono conversion, on the thread that asks for it."""
        return partial(self.resampling.open_stream, watch=CallWatch())

    def _tiers(self) -> list[Candidate[Any]]:
        """Return the enabled tiers of intent recognition that are installed."""
        kind, section = Kind.INTENT_RECOGNITION, self.config.intent_recognition
        tables = section.providers
        return [
            self._find(kind, section, name)
            for name in section.tiers
            if name not in (section.default_provider, *section.fallback_providers)
            and (tables[name].enabled if name in tables else name in self.registry.entries(kind))
        ]

    def _audio_slot(self, kind: Kind, section: Any) -> AudioSlot[Any, Any]:
        find = partial(self._find, kind, section)
        return AudioSlot(self.chain(kind), section, self.resampling, find)

    def _find(self, kind: Kind, section: SlotSection, name: str) -> Candidate[Any]:
        """Return a provider by the name of its table, else by the name of its class."""
        if name in section.providers:
            return self._candidate(kind, section.providers[name])
        return self._candidate(kind, ProviderTable(name=name, type=name))

    def _candidate(self, kind: Kind, table: ProviderTable) -> Candidate[Any]:
        call_s = self._longest_call_s(kind, table)
        stocked = self._heritage.stock.take(kind, table, call_s)
        provider = stocked or self._created(kind, table, call_s)
        house(self.models, provider, table, getattr(self.config, str(kind)))
        self.made.append(Stocked(kind, table, provider, call_s))
        return Candidate(table.name, provider)

    def _longest_call_s(self, kind: Kind, table: ProviderTable) -> float | None:
        """Return after how long a provider's process is ended; None when it has none."""
        if table.isolation != "process":
            return None
        sharing = self._sharing(kind)
        deadline_s = sharing.deadline_s(table.name)
        if deadline_s is None and sharing.hung_s is not None and kind in _LISTENING:
            return sharing.hung_s
        return longest_call_s(None if deadline_s is None else 1000 * deadline_s)

    def _created(self, kind: Kind, table: ProviderTable, call_s: float | None) -> Provider[Any]:
        provider = self.registry.create(kind, table.type, table.options)
        provider.engines = self.engines
        provider.metrics = self.recorder.stages
        if table.max_concurrency is not None and hasattr(provider.capabilities, "max_concurrency"):
            limit = table.max_concurrency
            provider.capabilities = replace(provider.capabilities, max_concurrency=limit)
        made = provider if call_s is None else self._isolated(provider, table, call_s)
        provider.configured_as = made.configured_as = table.name
        return made

    def _isolated(
        self, provider: Provider[Any], table: ProviderTable, call_s: float
    ) -> Provider[Any]:
        """Return what stands for a provider that runs in processes of its own."""
        settings = WorkerSettings(
            workers=table.workers or 1,
            memory_limit_mb=table.memory_limit_mb,
            start_s=self.config.assistant.load_timeout_ms / 1000,
            call_s=call_s,
        )
        reports = WorkerReports(provider.kind, table.name, self.report, self.recorder)
        return isolated(provider, settings, reports)


def _require_enabled(section: AudioSection, name: str, consequence: str) -> None:
    if not section.enabled:
        raise ConfigurationError(
            f"{name}.enabled = false: without it {consequence}; set {name}.enabled = true"
        )
