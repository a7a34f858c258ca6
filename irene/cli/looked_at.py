"""What a run would refuse, or do worse than expected, with a configuration that is sound itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from irene.config.sections import Config
from irene.errors import ConfigurationError
from irene.plugin.registry import ComponentRegistry

if TYPE_CHECKING:
    from irene.pipeline.preflight import Finding, Preflight


@dataclass(frozen=True)
class LookedAt:
    """One line about a configuration."""

    line: str
    """place, what was found, and what would be right"""
    exit_code: int = 0
    """status that a run would end with; 0 when it would only work less well"""


def parts_looked_at(
    config: Config, registry: ComponentRegistry, with_missing: bool = True
) -> Iterator[LookedAt]:
    """Yield what the parts say of themselves; no engine is loaded.

    Args:
        config: what the parts are made by.
        registry: where they come from.
        with_missing: whether providers that are not ready are told of.
    """
    from irene.pipeline.parts import Parts
    from irene.pipeline.preflight import Preflight

    preflight = Preflight(Parts(config, registry, lambda event: None), config, registry)
    yield from _told(preflight, preflight.findings())
    if with_missing:
        yield from _told(preflight, preflight.missing())
    yield from (LookedAt(str(problem)) for problem in preflight.warnings)
    for key, doubt in (*(preflight.passed_over() if with_missing else ()), *preflight.doubts()):
        yield LookedAt(str(config.problem(key, doubt, "warning")))


def _told(preflight: Preflight, findings: Iterator[Finding]) -> Iterator[LookedAt]:
    for finding in findings:
        for problem in preflight.problems(finding):
            yield LookedAt(str(problem), finding.error.exit_code)


def sentences_looked_at(
    label: str, config: Config, registry: ComponentRegistry
) -> Iterator[LookedAt]:
    """Yield what is wrong with the sentences, and the words that nobody will ever hear."""
    from irene.components.assembly import Assembly
    from irene.components.spoken_check import check_spoken

    found = check_spoken(Assembly(config, registry))
    for error in found.errors:
        yield LookedAt(f"{label}: {error}", ConfigurationError.exit_code)
    for doubt in found.doubts:
        yield LookedAt(f"{label}: warning: {doubt}")
