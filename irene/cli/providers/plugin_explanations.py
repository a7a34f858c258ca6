"""What `irene plugins --why` tells of a plugin or provider."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from irene.errors import ConfigurationError
from irene.plugin.explanation import file_of

if TYPE_CHECKING:
    from irene.plugin.host import PluginReport
    from irene.plugin.registry import ComponentRegistry
    from irene.plugin.source import PluginSource


@dataclass(frozen=True)
class PluginExplanation:
    """Where a plugin came from, and why it works or does not."""

    name: str
    """name of the plugin"""
    state: str
    """`works`, `broken` or `left out`"""
    distribution: str
    """installed package that brings it; `plugins.paths` for a single file"""
    version: str
    """version of that package"""
    entry_point: str
    """what names it: `NAME = MODULE`, or the path of a single file"""
    file: str | None
    """its file, where one is found"""
    offers: list[str]
    """kind and name of each provider, joined by a dot"""
    error: str | None
    """what is wrong"""
    place: str | None
    """file and line of its own code where that was noticed"""
    cure: str | None
    """what its author or user can do"""


def explain(name: str, registry: ComponentRegistry) -> list[PluginExplanation]:
    """Return what there is to know about the plugins of a name, or of those that offer a provider.

    Args:
        name: a plugin, a distribution, a provider, or `KIND.PROVIDER`.
        registry: what was found.

    Raises:
        ConfigurationError: nothing has that name; the message names the nearest.
    """
    found = [_of(one) for one in registry.plugins] + [_left_out(one) for one in registry.left_out]
    same = [one for one in found if name in (one.name, one.distribution)]
    same = same or [one for one in found if name in _offered(one)]
    if same:
        return same
    known = {known for one in found for known in (one.name, one.distribution, *_offered(one))}
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`irene plugins` lists what was found"
    raise ConfigurationError(f"no plugin, distribution or provider is called {name!r}; {hint}")


def explanation_lines(one: PluginExplanation) -> Iterator[str]:
    """Yield an explanation for people."""
    yield f"{one.name}: {one.state}"
    rows = (
        ("from", f"{one.distribution} {one.version}".strip()),
        ("entry point", one.entry_point),
        ("file", one.file or "none is found"),
        ("offers", ", ".join(one.offers)),
        ("error", f"{one.error} ({one.place})" if one.place else one.error),
        ("cure", one.cure),
    )
    for title, text in rows:
        if text:
            yield f"  {title:<12} {text}"


def _of(report: PluginReport) -> PluginExplanation:
    models = [f"model {model.id}" for model in report.models]
    return PluginExplanation(
        name=report.name,
        state="broken" if report.error else "works",
        distribution=report.distribution,
        version=report.version,
        entry_point=_entry_point(report.name, report.module),
        file=file_of(report.module) or None,
        offers=[f"{cls.kind}.{cls.name}" for cls in report.providers] + models,
        error=report.error or None,
        place=report.failure.place or None,
        cure=report.failure.cure or None,
    )


def _left_out(source: PluginSource) -> PluginExplanation:
    return PluginExplanation(
        name=source.name,
        state="left out",
        distribution=source.distribution,
        version=source.version,
        entry_point=_entry_point(source.name, source.module),
        file=file_of(source.module) or None,
        offers=[],
        error=source.left_out,
        place=None,
        cure="change that to have it loaded",
    )


def _entry_point(name: str, module: str) -> str:
    return module if module.endswith(".py") else f"{name} = {module}"


def _offered(one: PluginExplanation) -> set[str]:
    return {*one.offers, *(offer.partition(".")[2] for offer in one.offers)} - {""}
