"""Warnings about a setup that will work, but less well than a user may expect."""

from __future__ import annotations

from collections.abc import Callable

from irene.audio.plan import AudioPlan
from irene.components.understanding.grammars import guidance_warnings
from irene.config.sections import Config
from irene.domain.events import Event, Warned
from irene.domain.languages import primary_language
from irene.pipeline.parts import Parts

_HEARD_FREELY = (
    'asr.grammar = "only": it is not known what can be understood, so recognition is free; set '
    'asr.grammar to "auto", or take sentences and an intent recogniser that know it'
)


class SetupWarnings:
    """Tells a warning once, and again only after its cause was gone; for one thread at a time."""

    def __init__(self, report: Callable[[Event], None]) -> None:
        """`report` takes the warnings."""
        self._report = report
        self._told: tuple[str, ...] = ()

    def tell(self, config: Config, parts: Parts, plan: AudioPlan | None) -> None:
        """Tell the warnings about configuration, parts and audio that were not there last time.

        Blocks: models and vocabularies are looked at.

        Raises:
            IreneError: a part cannot say whether it has any.
        """
        of_audio = () if plan is None else plan.warnings
        warnings = (*map(str, config.warnings), *_warnings_of(parts), *of_audio)
        for warning in warnings:
            if warning not in self._told:
                self._report(Warned(message=warning))
        self._told = warnings

    def forget(self) -> None:
        """Forget what was told: the next run tells every warning again."""
        self._told = ()


def language_warnings(parts: Parts) -> list[str]:
    """Return a line when the recogniser that would serve does not know the language."""
    language = parts.asr.slot.section.language or parts.config.assistant.language
    warnings = _about_recogniser(parts, f"assistant.language = {language!r}", language)
    for other in () if parts.language is None else parts.language.languages:
        if primary_language(other) != primary_language(language):
            warnings += _about_recogniser(parts, f"language.languages: {other!r}", other)
    return warnings if parts.language is None else warnings + parts.language.warnings()


def _warnings_of(parts: Parts) -> list[str]:
    """Return a line for each warning about the parts."""
    broken = [
        f"plugin {plugin.name!r} ({plugin.distribution or plugin.module}) is broken: {plugin.error}"
        for plugin in parts.registry.plugins
        if plugin.error
    ]
    understood = []
    if parts.understanding is not None:
        understood = parts.understanding.warnings(parts.config.assistant.language)
    return broken + language_warnings(parts) + understood + _about_words(parts)


def _about_recogniser(parts: Parts, key: str, language: str) -> list[str]:
    chain = parts.asr.chain_of(language)
    serving = chain.expected
    if serving is None:
        return []
    known = serving.provider.capabilities.languages
    if not known or primary_language(language) in map(primary_language, known):
        return []
    wanted = chain.candidates()[0]
    is_missed = wanted is not serving and chain is not parts.asr.slot.chain
    why = (
        f"asr provider {wanted.name!r} is not ready ({wanted.availability}), and "
        if is_missed
        else ""
    )
    return [
        f"{key}: {why}asr provider {serving.name!r} knows {', '.join(known)} only; "
        "it will misunderstand"
    ]


def _about_words(parts: Parts) -> list[str]:
    """Return a line for each sentence outside of the grammar, and one for unknown words."""
    grammar = parts.asr.grammar
    if grammar is None:
        return [_HEARD_FREELY] if parts.config.asr.grammar == "only" else []
    return guidance_warnings(grammar, parts.asr.slot.chain.current.name, parts.asr.unknown_words())
