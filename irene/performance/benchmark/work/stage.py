"""What works are made from: the configuration, the recordings, and a place for what they write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from irene.components.assembly import Assembly
from irene.components.chain.candidate import Candidate
from irene.components.chain.news import Report
from irene.config.sections import Config, ProviderTable, SlotSection
from irene.domain.kinds import Kind
from irene.performance.benchmark.clips import Clip
from irene.performance.speech.word_errors import WordErrors, count_errors, words_in
from irene.plugin.registry import ComponentRegistry

SHIFT = 16
"""samples by which each turn begins later than the one before: 1 ms at 16 kHz, and a new key for
every cache"""
_MOST_SHIFTS = 64


@dataclass(frozen=True)
class Stage:
    """One slot's works are made on it; nothing outside of its folder is written."""

    config: Config
    """as the assistant would have it, but that it keeps its state in the folder"""
    registry: ComponentRegistry
    clips: Sequence[Clip]
    folder: Path
    provider: str | None
    """the only provider that is wanted"""
    leave_out: Callable[[str, str, str], None]
    """takes component, provider and the reason why it is not measured"""
    report: Report
    """takes what the parts tell"""

    def in_folder(self) -> Stage:
        """Return the stage of an assistant that keeps its state in the folder."""
        assistant = replace(self.config.assistant, state_folder=str(self.folder))
        return replace(self, config=replace(self.config, assistant=assistant))

    @property
    def language(self) -> str:
        """BCP 47 tag of what is spoken."""
        return self.config.asr.language or self.config.assistant.language

    @cached_property
    def audio_s(self) -> float:
        """Length of all recordings, seconds."""
        return sum(clip.audio.duration_s for clip in self.clips)

    @property
    def what(self) -> str:
        """The recordings in words."""
        n = len(self.clips)
        return f"{n} recording{'s' * (n != 1)}, {self.audio_s:.1f} s of audio"

    @property
    def texts(self) -> list[str]:
        """What is said in the recordings, as far as it is known, without the wake word."""
        return [self.command(clip.text) for clip in self.clips if clip.text]

    def errors(self, heard: Sequence[str]) -> WordErrors | None:
        """Return the word errors of a text for each recording; None when nothing is known."""
        words = words_in(self.language)
        known = [
            count_errors(words(clip.text), words(text))
            for clip, text in zip(self.clips, heard, strict=True)
            if clip.text
        ]
        return sum(known, WordErrors()) if known else None

    def assemblies(self, kind: Kind) -> Iterator[tuple[Candidate[Any], Assembly]]:
        """Yield each wanted provider of a slot that is ready, alone in an assembly of its own."""
        for name in self._names(kind):
            assembly = Assembly(self._with_only(kind, name), self.registry, self.report)
            (candidate,) = assembly.chain(kind).candidates()
            availability = candidate.availability
            if not availability.ready:
                self.leave_out(str(kind), name, str(availability))
                continue
            yield candidate, assembly

    def _names(self, kind: Kind) -> list[str]:
        section = cast("SlotSection", getattr(self.config, str(kind)))
        if self.provider is not None:
            return [self.provider]
        asked = dict.fromkeys([section.default_provider, *section.fallback_providers])
        return [name for name in asked if name and section.providers[name].enabled]

    def _with_only(self, kind: Kind, name: str) -> Config:
        """Return the configuration with one provider in a slot, of which nobody stands in."""
        section = cast("SlotSection", getattr(self.config, str(kind)))
        table = section.providers.get(name) or ProviderTable(name=name, type=name)
        alone: Any = replace(
            section,
            default_provider=name,
            fallback_providers=(),
            providers={**section.providers, name: replace(table, enabled=True)},
        )
        return replace(self.config, **{str(kind): alone})

    def command(self, text: str) -> str:
        """Return a text without the wake word that it begins with."""
        for word in self.config.voice_trigger.wake_words:
            phrase = word.replace("_", " ").lower()
            if text.lower().startswith(f"{phrase} "):
                return text[len(phrase) :].lstrip(" ,.")
        return text


def shifted(turn: int) -> int:
    """Return how many samples of a recording a turn leaves out at its beginning."""
    return SHIFT * (turn % _MOST_SHIFTS)
