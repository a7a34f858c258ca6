"""How every provider of a running assistant does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from irene.components.chain import ProviderChain
from irene.pipeline.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderReport:
    """One provider of one slot at one moment."""

    kind: str
    """slot that it fills"""
    name: str
    """name of its table in the configuration"""
    position: int
    """0 for the one that is asked first, then 1, 2, ..."""
    serves: bool
    """whether it is the one that would be asked next"""
    loaded: bool
    """whether its engine is in memory"""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return asdict(self)


def provider_reports(parts: Parts) -> list[ProviderReport]:
    """Return a report of each provider, slot by slot; loads nothing."""
    chains = parts.chains()
    if parts.understanding is not None:
        chains.append(parts.understanding.recognizers)
    return [report for chain in chains for report in _of_chain(chain)]


def _of_chain(chain: ProviderChain[Any]) -> Iterator[ProviderReport]:
    expected = chain.expected
    for position, candidate in enumerate(chain.candidates()):
        yield ProviderReport(
            kind=str(chain.kind),
            name=candidate.name,
            position=position,
            serves=expected is not None and candidate.name == expected.name,
            loaded=candidate.provider.is_loaded,
        )
