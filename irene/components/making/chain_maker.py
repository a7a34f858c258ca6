"""Making the chain of providers that fills a slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from irene.components.chain.candidate import Candidate
from irene.components.chain.news import Report
from irene.components.chain.provider_chain import ProviderChain
from irene.components.making.carried_over import CarriedOver
from irene.components.making.limits import slot_sharing
from irene.components.making.provider_maker import ProviderMaker
from irene.config.sections import Config, SlotSection
from irene.domain.clock import Clock
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError


class ChainMaker:
    """Makes the chains of a configuration, or takes over those whose providers stay."""

    def __init__(
        self,
        config: Config,
        providers: ProviderMaker,
        report: Report,
        clock: Clock,
        carried_over: CarriedOver,
    ) -> None:
        """`providers` makes those that the chains hold."""
        self._config = config
        self._providers = providers
        self._report = report
        self._clock = clock
        self._kept, self._before = carried_over.chains, carried_over.before

    def forget(self) -> None:
        """Hold none of the chains any more that there were before."""
        self._kept = self._before = {}

    def of_slot(self, kind: Kind) -> ProviderChain[Any]:
        """Return the enabled providers of a slot: the default one, then the fall-backs.

        Raises:
            ConfigurationError: a provider of it does not exist, or its options are wrong.
        """
        if kind in self._kept:
            return self._kept[kind]
        section = cast("SlotSection", getattr(self._config, str(kind)))
        names = [section.default_provider, *section.fallback_providers]
        tables = [section.providers[name] for name in dict.fromkeys(names) if name]
        candidates = [self._providers.candidate(kind, one) for one in tables if one.enabled]
        return self.of(kind, candidates, self._before.get(kind))

    def of(
        self,
        kind: Kind,
        candidates: Sequence[Candidate[Any]],
        beside: ProviderChain[Any] | None = None,
    ) -> ProviderChain[Any]:
        """Return a chain of these providers; it shares those that `beside` has too with it."""
        sharing = slot_sharing(kind, self._config)
        return ProviderChain(kind, candidates, self._report, sharing, self._clock, beside=beside)

    def by_language(
        self, key: str, named: Mapping[str, str], chain: ProviderChain[Any]
    ) -> dict[str, ProviderChain[Any]]:
        """Return a chain for each language that a provider of the slot's own is named for.

        The named one is asked first; those of the slot's `chain` stand in. `key` is the table of
        the configuration that names them.

        Raises:
            ConfigurationError: there is no provider of such a name; the message says where.
        """
        kind = chain.kind
        section = cast("SlotSection", getattr(self._config, str(kind)))
        known = {one.name: one for one in chain.candidates()}
        chains = {}
        for language, name in named.items():
            try:
                first = known.get(name) or self._providers.find(kind, section, name)
            except ConfigurationError as error:
                raise ConfigurationError(f"{key}.{language}: {error}") from error
            known[name] = first
            others = (one for one in chain.candidates() if one.name != name)
            chains[language] = self.of(kind, [first, *others], chain)
        return chains
