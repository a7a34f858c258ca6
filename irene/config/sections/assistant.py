"""Sections of the assistant itself: its name and time limits, intents, voice, plugins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from irene.config.sections.limits import (
    FACTOR,
    LANGUAGE,
    MEMORY_MB,
    NOT_EMPTY,
    SHARE,
    TIME_MS,
    TIMEOUT_MS,
)
from irene.config.sections.providers import ProviderTable, SlotSection
from irene.config.sections.routing import RoutedSection, Routing


@dataclass(frozen=True, kw_only=True)
class AssistantSection:
    """The assistant itself and the time limits of its stages."""

    name: str = field(default="irene", metadata=NOT_EMPTY)
    """what it is called"""
    language: str = field(default="en", metadata=LANGUAGE)
    """language that it is spoken to and answers in, as a BCP 47 tag"""
    state_folder: str = field(default="", metadata={"path": True})
    """folder of what survives a restart, such as timers and lists; empty:
    $XDG_STATE_HOME/irene/NAME, which is below ~/.local/state by default"""
    control: bool = True
    """whether `irene status`, `irene mute` and the like reach it while it runs; only for programs
    of the same user"""
    watch: bool = False
    """whether a running assistant looks at its files, those of its sentences and sounds too, and
    goes by what has changed in them; `irene reload` has them read at any time"""
    memory_limit_mb: float | None = field(default=None, metadata={**MEMORY_MB, "example": 500.0})
    """memory that it should take at most, in 10^6 bytes: from 85 % on caches and pools shrink; 0 is
    no limit; unless given, they shrink when the machine or container has 15 % left"""
    no_speech_timeout_ms: int = field(default=5000, metadata=TIMEOUT_MS)
    """time after a wake word without speech until it waits for the wake word again"""
    load_timeout_ms: int = field(default=60000, metadata=TIMEOUT_MS)
    """longest time that a provider may take to load; then the next one of its section does"""
    hang_timeout_ms: int = field(default=10000, metadata=TIME_MS)
    """time after which an engine hangs that has not returned from one call and has no
    `deadline_ms`: whatever listens, converts or speaks, outputs and live inputs; more for a long
    clip or sentence. It is left then, and another one goes on; 0: never"""
    transcribe_timeout_ms: int = field(default=10000, metadata=TIMEOUT_MS)
    """longest time from the end of speech to the transcript, of all recognisers together; those
    without a `deadline_ms` of their own share it"""
    intent_timeout_ms: int = field(default=5000, metadata=TIMEOUT_MS)
    """longest time for understanding a transcript, and for handling its intent; recognisers of
    sentences, and handlers of `intents.fallback`, without a `deadline_ms` of their own share it"""
    response_timeout_ms: int = field(default=30000, metadata=TIMEOUT_MS)
    """longest time that a voice or an output may take without any progress"""
    follow_up: Literal["asked", "always", "never"] = "asked"
    """when the next utterance needs no wake word: after an answer that asks for it, after every
    answer, or never"""
    follow_up_timeout_ms: int = field(default=5000, metadata=TIMEOUT_MS)
    """time after such an answer without speech until the wake word is needed again"""
    conversation_timeout_ms: int = field(default=60000, metadata=TIMEOUT_MS)
    """time after an answer for which a command may refer to it, as in "and tomorrow?\""""
    drain_ms: int = field(default=10000, metadata=TIME_MS)
    """longest time that a run which is told to end gives to the utterance in progress and its
    answer; no other one is begun, and who asks again is obeyed at once; 0 breaks it off"""
    apology: str | None = field(default=None, metadata={"example": "Pardon?"})
    """what it says when no intent fits; empty says nothing; a sentence in its language unless
    given"""


@dataclass(frozen=True, kw_only=True)
class TtsSection(RoutedSection):
    """The voice: text to speech."""

    enabled: bool = True
    """whether answers are spoken"""
    default_provider: str = "espeak"
    """speech synthesiser"""
    spill_ms: int = field(default=5000, metadata=TIME_MS)
    """with primary_fallback: time to wait for the default voice while it speaks another text; after
    that whichever is free first speaks"""
    voice: str | None = field(default=None, metadata={"example": "en-us"})
    """name of one of its voices; the one of the assistant's language unless given"""
    voices: Mapping[str, str] = field(default_factory=dict)
    """voice of each further language, such as `de = "German"`: one of the default provider's, or
    the name of a table `[tts.providers.NAME]`, which then speaks this language"""
    rate: float = field(default=1.0, metadata=FACTOR)
    """speaking rate; 1 is the voice's own"""
    pitch: float = field(default=1.0, metadata=FACTOR)
    """pitch; 1 is the voice's own"""
    volume: float = field(default=1.0, metadata=SHARE)
    """loudness at the start, from 0 (silent) to 1 (full); it may be changed by asking"""
    normalize: bool = True
    """whether times, dates, money and units are spelled for the voice, and markup is left out"""
    sentence_pause_ms: int = field(default=250, metadata=TIME_MS)
    """pause between two sentences, at the voice's own rate"""
    cache_max_mb: float = field(default=16.0, metadata=MEMORY_MB)
    """memory for phrases that were spoken before; 0 keeps none"""

    def __post_init__(self) -> None:
        """Refuse languages that no answer could be in."""
        for language in self.voices:
            if not re.match(str(LANGUAGE["pattern"]), language):
                raise ValueError(f"voices.{language}: use {LANGUAGE['takes']}")


@dataclass(frozen=True, kw_only=True)
class IntentRecognitionSection(SlotSection):
    """Understanding: from a transcript to an intent."""

    enabled: bool = True
    """whether transcripts are understood, or only reported"""
    default_provider: str = "hassil"
    """intent recogniser"""
    tiers: tuple[str, ...] = ("fuzzy",)
    """recognisers that are asked next, in this order, when those before find nothing"""


@dataclass(frozen=True, kw_only=True)
class IntentsSection(Routing):
    """What can be asked for: sentence templates and the handlers that answer."""

    sentences: tuple[str, ...] = field(default=(), metadata={"one": True, "path": True})
    """folders of sentence templates in Home Assistant's custom_sentences layout (LANGUAGE/*.yaml),
    relative to this file"""
    handlers: tuple[str, ...] = (
        *("time", "date", "timers", "alarms", "reminders", "lists"),
        *("volume", "stop", "repeat", "smalltalk", "help"),
    )
    """intent handlers that are used, in the order in which help names their examples; each
    makes more of what is said sound like a command"""
    fallback: tuple[str, ...] = field(default=(), metadata={"one": True})
    """handlers that answer what no sentence fits, such as `llm`, best first: they share the work as
    `strategy` says, and stand in for one another; empty apologises"""
    lists: Mapping[str, Any] = field(default_factory=dict)
    """values of the lists that templates refer to and no sentence file defines, such as
    `name = ["kitchen lamp"]` for `{name}`; `[]` says that there are none"""
    context: Mapping[str, Any] = field(default_factory=dict)
    """what always holds for sentences with `requires_context`, such as `area = "kitchen"` for the
    room that the assistant stands in"""
    providers: Mapping[str, ProviderTable] = field(default_factory=dict)
    """tables of the handlers, by name"""


@dataclass(frozen=True, kw_only=True)
class PluginsSection:
    """Plugins."""

    disabled: tuple[str, ...] = ()
    """plugins that are not loaded, by the names of their entry points or packages (`irene
    plugins`)"""
    paths: tuple[str, ...] = field(default=(), metadata={"path": True})
    """folders whose *.py files are plugins, too; relative to this file"""
