"""Who is asked to recognise speech: the slot's recognisers, those of a language, or one by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.slot import AudioSlot
from irene.config.sections import AsrSection
from irene.domain.clock import Clock
from irene.domain.kinds import Kind
from irene.domain.languages import is_same_language
from irene.providers.asr import Asr

AsrSlot = AudioSlot[Asr[Any], AsrSection]
AsrChain = ProviderChain[Asr[Any]]

T = TypeVar("T")


class RecogniserChoice:
    """Chooses the chain of recognisers to ask; each recogniser is made once and then shared."""

    def __init__(self, slot: AsrSlot, others: Mapping[str, AsrChain], clock: Clock) -> None:
        """`others` are recognisers of the languages that have their own, by BCP 47 tag."""
        self.others = others
        """recognisers of the languages that have their own, by BCP 47 tag"""
        self._slot = slot
        self._clock = clock
        self._named: dict[str, Candidate[Asr[Any]]] = {}
        self._single: dict[str, AsrChain] = {}

    def of_language(self, language: str | None) -> AsrChain:
        """Return the chain that recognises a language, a BCP 47 tag; None: the configured one."""
        own = None if language is None else value_of(self.others, language)
        return self._slot.chain if own is None else own

    def named(self, provider: str) -> Candidate[Asr[Any]]:
        """Return one recogniser, which need not stand in the slot's chain.

        Raises:
            ConfigurationError: there is none of this name.
        """
        known = {one.name: one for one in self._slot.chain.candidates()} | self._named
        if provider not in known:
            known[provider] = self._named[provider] = self._slot.find(provider)
        return known[provider]

    def only(self, provider: str) -> AsrChain:
        """Return a chain of one named recogniser, which shares its places with the slot's.

        Raises:
            ConfigurationError: there is none of this name.
        """
        if provider not in self._single:
            chain, candidate = self._slot.chain, self.named(provider)
            self._single[provider] = ProviderChain(
                Kind.ASR,
                [candidate],
                lambda event: None,
                chain.sharing,
                self._clock,
                beside=chain,
            )
        return self._single[provider]

    def load_others(self) -> None:
        """Load and warm up the recognisers of the languages that have their own; blocks.

        Raises:
            ProviderUnavailableError: nobody can recognise one of these languages.
        """
        for chain in self.others.values():
            chain.warm_up()

    def close(self) -> None:
        """Free every recogniser that was loaded."""
        for chain in (self._slot.chain, *self.others.values()):
            chain.close()
        for candidate in self._named.values():
            self._slot.chain.free(candidate)


def value_of(by_language: Mapping[str, T], language: str) -> T | None:
    """Return the value of a BCP 47 tag, else of a tag of the same language, else None."""
    found = by_language.get(language)
    if found is not None:
        return found
    fitting = (value for tag, value in by_language.items() if is_same_language(tag, language))
    return next(fitting, None)
