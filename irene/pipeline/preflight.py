"""What would keep an assistant from working, found out before any engine is loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.locked_models import require_locked_models
from irene.components.threads import in_thread
from irene.config.problems import Problem
from irene.config.sections import Config
from irene.domain.audio import AudioFormat
from irene.domain.kinds import Kind
from irene.domain.languages import primary_language
from irene.errors import (
    ConfigurationError,
    IreneError,
    ModelMissingError,
    ProviderFailedError,
    ProviderUnavailableError,
)
from irene.pipeline.input_plan import expected_plan
from irene.pipeline.parts import Parts
from irene.pipeline.plan_problems import plan_problems
from irene.pipeline.setup_warnings import language_warnings
from irene.plugin.registry import ComponentRegistry
from irene.providers.border import ForeignCode
from irene.providers.voice_trigger import VoiceTrigger


@dataclass(frozen=True)
class Finding:
    """One thing that keeps the assistant from starting."""

    key: str
    """dotted key of the configuration that it is about"""
    error: IreneError
    """what a run would end with"""


class Preflight:
    """Looks at the parts of an assistant that are not loaded yet.

    `irene run` refuses to start on what it finds, and `irene config check` tells of it: the
    providers answer the same questions for both.
    """

    def __init__(self, parts: Parts, config: Config, registry: ComponentRegistry) -> None:
        self._parts = parts
        self._config = config
        self._registry = registry
        self.audio_warnings: list[Problem] = []
        """conflicts of audio that keep nobody from starting; filled by `findings`"""

    def require(self) -> None:
        """Refuse what could not run.

        Raises:
            ConfigurationError: it holds every problem, a line each.
            IreneError: the input cannot be used.
        """
        found = list(self.findings())
        other = next((one.error for one in found if not _is_configuration(one.error)), None)
        if other is not None:
            raise other
        problems = [problem for one in found for problem in self.problems(one)]
        if problems:
            raise ConfigurationError("\n".join(map(str, problems)), problems)

    async def require_in_time(self) -> None:
        """Do what `require` does, off the event loop.

        Raises:
            ProviderFailedError: that takes longer than a provider may take to load.
        """
        limit_ms = self._config.assistant.load_timeout_ms
        try:
            await in_thread("check", self.require, limit_ms / 1000)
        except asyncio.TimeoutError as error:
            late = f"the providers were not checked within assistant.load_timeout_ms = {limit_ms}"
            raise ProviderFailedError(late) from error

    def require_beside(self, source: AudioFormat | None) -> None:
        """Refuse what could not take over from an assistant that runs.

        Args:
            source: what its input, which stays as it is, brings; None when that is not open.

        Raises:
            ConfigurationError: it holds every problem, a line each.
        """
        plan = self._plan(source) if source is not None else ()
        found = [*plan, *self._sounds_and_words(), *self._locked_models()]
        problems = [problem for one in found for problem in self.problems(one)]
        if problems:
            raise ConfigurationError("\n".join(map(str, problems)), problems)

    def findings(self) -> Iterator[Finding]:
        """Yield what a run would refuse, whichever engines load."""
        yield from self._input()
        yield from self._sounds_and_words()
        yield from self._locked_models()

    def _locked_models(self) -> Iterator[Finding]:
        try:
            require_locked_models(self._config, self._registry)
        except IreneError as error:
            yield Finding("", error)

    def _sounds_and_words(self) -> Iterator[Finding]:
        yield from self._words()
        yield from (Finding(key, error) for key, error in self._parts.mouth.earcons.check())
        if self._parts.mouth.voice is not None:
            yield from (Finding(*found) for found in self._parts.mouth.voice.check_early())

    def missing(self) -> Iterator[Finding]:
        """Yield the slots that no provider is ready to fill, and handlers that are not ready."""
        understanding = self._parts.understanding
        for chain in self._chains():
            expected = chain.expected
            if expected is not None and not expected.is_ready:
                yield _unready(f"{chain.kind}.default_provider", chain.kind, expected)
        for name, handler in understanding.handlers.items() if understanding else ():
            candidate = Candidate(name, handler)
            is_fallback = name in self._config.intents.fallback
            key = "intents.fallback" if is_fallback else "intents.handlers"
            if not candidate.is_ready:
                yield _unready(key, Kind.INTENTS, candidate)
            try:
                with ForeignCode():
                    handler.check_form()
            except IreneError as error:
                yield Finding(key, error)

    def passed_over(self) -> Iterator[tuple[str, str]]:
        """Yield keys that somebody wrote, and which provider in them is not ready, unlike others.

        What irene itself would like to have stand in is nobody's mistake when it is missing.
        """
        for chain in self._chains():
            section = getattr(self._config, str(chain.kind))
            unready = [one for one in chain.candidates() if not one.is_ready]
            if len(unready) == len(chain.candidates()):
                continue  # `missing` tells of it
            for one in unready:
                is_first = one.name == section.default_provider
                key = f"{chain.kind}.{'default_provider' if is_first else 'fallback_providers'}"
                what = "is passed over" if is_first else "cannot stand in"
                if self._config.origin(key).layer != "default":
                    yield key, f"{chain.kind} provider {one.name!r} {what}: {one.availability}"

    def _chains(self) -> list[ProviderChain[Any]]:
        understanding = self._parts.understanding
        recognizers = [] if understanding is None else [understanding.recognizers]
        return [*self._parts.chains(), *recognizers]

    def language_warnings(self) -> Iterator[tuple[str, str]]:
        """Yield keys, and what will work less well than somebody may expect."""
        for line in language_warnings(self._parts):
            yield "assistant.language", line
        language = self._config.assistant.language
        voice = self._parts.mouth.voice
        expected = voice.chain.expected if voice is not None else None
        known = expected.provider.capabilities.languages if expected is not None else ()
        has_own = {primary_language(one) for one in self._config.tts.voices}
        families = {*map(primary_language, known), *has_own}
        if expected is not None and known and primary_language(language) not in families:
            yield (
                "assistant.language",
                f"assistant.language = {language!r}: tts provider {expected.name!r} speaks "
                f"{', '.join(known)} only; see tts.voices",
            )

    def problems(self, finding: Finding) -> list[Problem]:
        """Return a finding as problems with a place."""
        if isinstance(finding.error, ConfigurationError) and finding.error.problems:
            placed = [one for one in finding.error.problems if isinstance(one, Problem)]
            if placed:
                return placed
        return [self._config.problem(finding.key, " ".join(str(finding.error).split("\n")))]

    def _input(self) -> Iterator[Finding]:
        taken = self._parts.inputs.expected
        if taken is None or not taken.is_ready:
            return
        table = f"{Kind.INPUT}.providers.{taken.name}"
        path = f"{table}.path"
        key = path if path in self._config.origins else f"{Kind.INPUT}.default_provider"
        try:
            with ForeignCode(f"input {taken.name!r}: "):
                source = taken.provider.expected_format()
        except IreneError as error:
            yield Finding(key, error)
        else:
            if source is not None:
                yield from self._plan(source)

    def _plan(self, source: AudioFormat) -> Iterator[Finding]:
        problems = plan_problems(expected_plan(self._parts, source), self._config)
        self.audio_warnings = [problem for problem in problems if problem.level == "warning"]
        for problem in problems:
            if problem.level == "error":
                yield Finding("", ConfigurationError(str(problem), [problem]))

    def _words(self) -> Iterator[Finding]:
        for key, taken, words in self._listening_for():
            if not taken.is_ready:
                continue
            try:
                with ForeignCode(f"{key}: "):
                    taken.provider.check_words(words)
            except ConfigurationError as error:
                hint = self._any_phrase(key, words)
                yield Finding(key, ConfigurationError(f"{key}: {error}{hint}"))
            except IreneError:
                continue  # it has to be loaded for that

    def _listening_for(self) -> Iterator[tuple[str, Candidate[VoiceTrigger[Any]], Sequence[str]]]:
        """Yield the keys of wake words and stop words, who would hear them, and the words."""
        section, parts = self._config.voice_trigger, self._parts
        trigger = parts.trigger.slot.chain.expected if parts.trigger else None
        stop = parts.stop_words.chain.expected if parts.stop_words else None
        if trigger is not None:
            yield "voice_trigger.wake_words", trigger, section.wake_words
        if stop is not None:
            yield "voice_trigger.stop_words", stop, section.stop_words

    def _any_phrase(self, key: str, words: Sequence[str]) -> str:
        """Return which other provider would hear these words, as a hint; empty without one."""
        setting = "stop_provider" if key.endswith("stop_words") else "default_provider"
        for name, entry in self._registry.entries(Kind.VOICE_TRIGGER).items():
            try:
                with ForeignCode():
                    if _hears_any(cast("VoiceTrigger[Any]", entry.cls()), words):
                        return f'; voice_trigger.{setting} = "{name}" hears any phrase'
            except IreneError:
                continue  # a plugin that is broken hears nothing
        return ""


def _is_configuration(error: IreneError) -> bool:
    return isinstance(error, ConfigurationError)


def _hears_any(trigger: VoiceTrigger[Any], words: Sequence[str]) -> bool:
    return trigger.capabilities.any_phrase and all(map(trigger.hears, words))


def _unready(key: str, kind: Kind, candidate: Candidate[Any]) -> Finding:
    availability = candidate.availability
    error = ModelMissingError if availability.is_model else ProviderUnavailableError
    return Finding(key, error(f"{kind} provider {candidate.name!r}: {availability}"))
