"""A whole configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from irene.config.origins import Origin
from irene.config.problems import Problem
from irene.config.sections.assistant import (
    AssistantSection,
    IntentRecognitionSection,
    IntentsSection,
    PluginsSection,
    TtsSection,
)
from irene.config.sections.audio import (
    EchoCancellationSection,
    InputsSection,
    MicrophoneSection,
    OutputsSection,
    ResamplingSection,
    SoundsSection,
)
from irene.config.sections.listening import (
    AsrSection,
    LanguageSection,
    VadSection,
    VoiceTriggerSection,
)
from irene.config.sections.log import LoggingSection
from irene.config.sections.memory import MemorySection
from irene.config.sections.performance import PerformanceSection
from irene.config.sections.recorder import RecorderSection


@dataclass(frozen=True, kw_only=True)
class Config:
    """A configuration in which every value was checked."""

    name: str = "default"
    """profile, or name of the file without its ending"""
    path: Path | None = None
    """the file; None when the configuration was given from Python"""
    assistant: AssistantSection = field(default_factory=AssistantSection)
    voice_trigger: VoiceTriggerSection = field(default_factory=VoiceTriggerSection)
    vad: VadSection = field(default_factory=VadSection)
    asr: AsrSection = field(default_factory=AsrSection)
    language: LanguageSection = field(default_factory=LanguageSection)
    tts: TtsSection = field(default_factory=TtsSection)
    intent_recognition: IntentRecognitionSection = field(default_factory=IntentRecognitionSection)
    intents: IntentsSection = field(default_factory=IntentsSection)
    inputs: InputsSection = field(default_factory=InputsSection)
    outputs: OutputsSection = field(default_factory=OutputsSection)
    sounds: SoundsSection = field(default_factory=SoundsSection)
    audio: MicrophoneSection = field(default_factory=MicrophoneSection)
    echo_cancellation: EchoCancellationSection = field(default_factory=EchoCancellationSection)
    resampling: ResamplingSection = field(default_factory=ResamplingSection)
    memory: MemorySection = field(default_factory=MemorySection)
    performance: PerformanceSection = field(default_factory=PerformanceSection)
    logging: LoggingSection = field(default_factory=LoggingSection)
    recorder: RecorderSection = field(default_factory=RecorderSection)
    plugins: PluginsSection = field(default_factory=PluginsSection)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """where each value comes from, by dotted key; keys that have their default are left out"""
    warnings: tuple[Problem, ...] = ()
    """what is odd and does no harm"""

    def problem(
        self, key: str, message: str, level: Literal["error", "warning"] = "error"
    ) -> Problem:
        """Return a problem at the place where the value of a dotted key comes from."""
        origin = self.origin(key)
        file = origin.place or (self.name if origin.layer == "default" else origin.layer)
        return Problem(file, origin.line, "", message, level=level)

    def origin(self, key: str) -> Origin:
        """Return where the value of a dotted key comes from."""
        return self.origins.get(key, Origin())
