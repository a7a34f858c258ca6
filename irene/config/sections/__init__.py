"""The sections of a configuration, as frozen dataclasses: one field for each key."""

from irene.config.sections.assistant import AssistantSection as AssistantSection
from irene.config.sections.assistant import IntentRecognitionSection as IntentRecognitionSection
from irene.config.sections.assistant import IntentsSection as IntentsSection
from irene.config.sections.assistant import PluginsSection as PluginsSection
from irene.config.sections.assistant import TtsSection as TtsSection
from irene.config.sections.audio import AudioSection as AudioSection
from irene.config.sections.audio import EchoCancellationSection as EchoCancellationSection
from irene.config.sections.audio import EchoMode as EchoMode
from irene.config.sections.audio import InputsSection as InputsSection
from irene.config.sections.audio import MicrophoneSection as MicrophoneSection
from irene.config.sections.audio import OutputsSection as OutputsSection
from irene.config.sections.audio import Quality as Quality
from irene.config.sections.audio import ResamplingSection as ResamplingSection
from irene.config.sections.audio import SoundsSection as SoundsSection
from irene.config.sections.config import Config as Config
from irene.config.sections.listening import AsrSection as AsrSection
from irene.config.sections.listening import LanguageSection as LanguageSection
from irene.config.sections.listening import VadSection as VadSection
from irene.config.sections.listening import VoiceTriggerSection as VoiceTriggerSection
from irene.config.sections.memory import MemorySection as MemorySection
from irene.config.sections.providers import ProviderTable as ProviderTable
from irene.config.sections.providers import SlotSection as SlotSection
from irene.config.sections.routing import BreakerTable as BreakerTable
from irene.config.sections.routing import RoutedSection as RoutedSection
from irene.config.sections.routing import Routing as Routing
