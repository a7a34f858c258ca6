"""Building the components that a configuration describes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from irene.audio.input_buffer import BufferSettings
from irene.audio.streams import OpenConverter
from irene.components.asr.choice import AsrSlot
from irene.components.asr.component import ASRComponent
from irene.components.calls.watch import CallWatch
from irene.components.chain.candidate import Candidate
from irene.components.chain.news import Report
from irene.components.chain.provider_chain import ProviderChain
from irene.components.language.component import LanguageComponent
from irene.components.making.carried_over import CarriedOver
from irene.components.making.chain_maker import ChainMaker
from irene.components.making.limits import slot_sharing
from irene.components.making.model_memory import budget_of
from irene.components.making.provider_maker import ProviderMaker, Shared
from irene.components.making.stock import Stocked
from irene.components.own_voice.own_voice import OwnVoice
from irene.components.resampling.component import ResamplingComponent
from irene.components.services import state_folder
from irene.components.slot import AudioSlot
from irene.components.understanding.component import UnderstandingComponent
from irene.components.utterances.pending_speech import PendingSpeech
from irene.components.utterances.time_limits import TimeLimits
from irene.components.voice import VoiceComponent
from irene.components.voice_trigger.component import VoiceTriggerComponent, VoiceTriggerSlot
from irene.components.voice_trigger.stop_words import StopWordComponent
from irene.config.loading import load_config
from irene.config.sections import AudioSection, Config, VadSection
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import Event
from irene.domain.kinds import Kind
from irene.domain.languages import primary_language
from irene.errors import ConfigurationError
from irene.memory.budget.models import ModelBudget
from irene.plugin.registry import ComponentRegistry
from irene.providers.input import Input
from irene.providers.output import Output
from irene.providers.shared_engines import SharedEngines
from irene.providers.vad import Vad
from irene.telemetry.recorder import Recorder

_PENDING = "pending-speech"
"""folder of utterances that nobody could recognise, in the state folder of the assistant"""
_GRACE_S = 1.0
"""time in which whoever loads a provider tells that it takes too long, before another one does"""

Overhear = Callable[[Output[Any]], Output[Any]]

VadSlot = AudioSlot[Vad[Any], VadSection]


def _unreported(event: Event) -> None:
    """Take an event that nobody listens for: single components have no run to report to."""


class Assembly:
    """Makes every component of a configuration; nothing is loaded here."""

    def __init__(
        self,
        config: Config,
        registry: ComponentRegistry,
        report: Report = _unreported,
        clock: Clock | None = None,
        carried_over: CarriedOver | None = None,
    ) -> None:
        """`clock` is the machine's unless given."""
        self.config = config
        self.registry = registry
        self.report = report
        self._clock = clock or SystemClock()
        self._carried_over = before = carried_over or CarriedOver()
        self._shared = Shared(
            before.models or budget_of(config.memory, report, self._clock),
            before.engines or SharedEngines(),
            before.recorder
            or Recorder(self._clock, max_samples=config.performance.max_metrics_history),
        )
        self._providers = ProviderMaker(config, registry, report, self._shared, before.stock)
        self._chains = ChainMaker(config, self._providers, report, self._clock, before)
        self.resampling = before.resampling or ResamplingComponent(
            self.chain(Kind.RESAMPLING), config.resampling
        )
        """what converts for every slot"""

    @classmethod
    def default(cls) -> Assembly:
        """Return the assembly of the default profile with every installed plugin."""
        registry = ComponentRegistry.installed()
        return cls(load_config("default", registry=registry), registry)

    def forget(self) -> None:
        """Take over nothing any more; hold none of the providers that were there or were made."""
        self._carried_over = CarriedOver()
        self._providers.forget()
        self._chains.forget()

    @property
    def made(self) -> list[Stocked]:
        """Every provider that was made, or taken from the stock."""
        return self._providers.made

    @property
    def models(self) -> ModelBudget:
        """What loaded models may take."""
        return self._shared.models

    @property
    def engines(self) -> SharedEngines:
        """Engines that the providers of all slots hold between them."""
        return self._shared.engines

    @property
    def recorder(self) -> Recorder:
        """What takes the figures of all parts."""
        return self._shared.recorder

    def chain(self, kind: Kind) -> ProviderChain[Any]:
        """Return the enabled providers of a slot: the default one, then the fall-backs."""
        return self._chains.of_slot(kind)

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
        provider = self._providers.find(Kind.VOICE_TRIGGER, section, section.stop_provider)
        sharing = slot_sharing(Kind.VOICE_TRIGGER, self.config)
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
        before, slot = self._carried_over.asr, self.asr_slot()
        named = self.config.language.recognisers if self.config.language.enabled else {}
        others = self._chains.by_language("language.recognisers", named, slot.chain)
        return ASRComponent(
            slot, self.report, limits, pending, self._clock, others=others, before=before
        )

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
        named = {
            language: name
            for language, name in section.voices.items()
            if name in section.providers and name != section.default_provider
        }
        others = self._chains.by_language("tts.voices", named, chain)
        language, before = self.config.assistant.language, self._carried_over.voice
        return VoiceComponent(chain, section, language, others, before)

    def understanding(self) -> UnderstandingComponent | None:
        """Return intent recognition and handlers, or None when speech is only transcribed."""
        if not self.config.intent_recognition.enabled:
            return None
        section = self.config.intents
        names = dict.fromkeys((*section.handlers, *filter(None, section.fallback)))
        handlers = {
            name: self._providers.candidate(Kind.INTENTS, section.providers[name]).provider
            for name in names
            if section.providers[name].enabled
        }
        return UnderstandingComponent(
            self.chain(Kind.INTENT_RECOGNITION),
            handlers,
            section,
            self.report,
            self._tiers(),
            sharing=slot_sharing(Kind.INTENTS, self.config),
            before=self._carried_over.understanding,
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
        return self._chains.of(Kind.OUTPUT, heard)

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
            self._providers.find(kind, section, name)
            for name in section.tiers
            if name not in (section.default_provider, *section.fallback_providers)
            and (tables[name].enabled if name in tables else name in self.registry.entries(kind))
        ]

    def _audio_slot(self, kind: Kind, section: Any) -> AudioSlot[Any, Any]:
        find = partial(self._providers.find, kind, section)
        return AudioSlot(self.chain(kind), section, self.resampling, find)


def _require_enabled(section: AudioSection, name: str, consequence: str) -> None:
    if not section.enabled:
        raise ConfigurationError(
            f"{name}.enabled = false: without it {consequence}; set {name}.enabled = true"
        )
