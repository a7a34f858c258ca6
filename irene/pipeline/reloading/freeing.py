"""Closing providers that one configuration has and another does without."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from irene.components.chain.provider_chain import ProviderChain
from irene.providers.provider import Provider


def free(provider: Provider[Any], chains: Iterable[ProviderChain[Any]]) -> None:
    """Close a provider as the chain does that it stands in: one that hangs in that is left.

    What stands in none was closed with its understanding; to close that again does nothing.
    """
    for chain in chains:
        candidate = chain.candidate_of(provider)
        if candidate is not None:
            chain.free(candidate)
            return
    provider.close()
