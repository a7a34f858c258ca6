"""What a valid configuration would still be refused for at the start, or do worse than expected."""

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
class ConfigurationFinding:
    """One line about a configuration."""

    line: str
    """place, what was found, and what would be right"""
    exit_code: int = 0
    """status that a run would end with; 0 when it would only work less well"""


def part_findings(
    config: Config, registry: ComponentRegistry, with_missing: bool = True
) -> Iterator[ConfigurationFinding]:
    """Yield what is wrong with the parts that a configuration makes; no engine is loaded.

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
    yield from (ConfigurationFinding(str(problem)) for problem in preflight.audio_warnings)
    for key, warning in (
        *(preflight.passed_over() if with_missing else ()),
        *preflight.language_warnings(),
    ):
        yield ConfigurationFinding(str(config.problem(key, warning, "warning")))


def _told(preflight: Preflight, findings: Iterator[Finding]) -> Iterator[ConfigurationFinding]:
    for finding in findings:
        for problem in preflight.problems(finding):
            yield ConfigurationFinding(str(problem), finding.error.exit_code)


def sentence_findings(
    label: str, config: Config, registry: ComponentRegistry
) -> Iterator[ConfigurationFinding]:
    """Yield what is wrong with the sentences, and words that the recogniser can never hear."""
    from irene.components.assembly import Assembly
    from irene.components.spoken_check import check_spoken

    found = check_spoken(Assembly(config, registry))
    for error in found.errors:
        yield ConfigurationFinding(f"{label}: {error}", ConfigurationError.exit_code)
    for warning in found.warnings:
        yield ConfigurationFinding(f"{label}: warning: {warning}")
