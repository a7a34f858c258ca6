"""Name and licence of every bundled provider, in the tables of their page."""

from __future__ import annotations

import re

from irene.cli.reference.tables import cells_of, replaced
from irene.config.schema import bundled_providers
from irene.domain.kinds import Kind
from irene.plugin.registry import ProviderEntry

_HEAD = ("provider", "licence", "install", "remarks")


def render(page: str) -> str:
    """Return the page with a row for each provider; how to install it, and remarks, stay.

    The order of the page is kept: it begins with the default. A provider that is new comes last,
    with its own summary.

    Raises:
        LookupError: a kind has no section.
    """
    registry = bundled_providers()
    for kind in Kind:
        heading = next((line for line in page.split("\n") if _is_of(line, kind)), f"## `{kind}`")
        section = page.partition(f"{heading}\n")[2].partition("\n## ")[0]
        kept = {cells[0].strip("`"): cells for cells in map(cells_of, section.split("\n"))}
        entries = registry.entries(kind)
        names = [name for name in kept if name in entries]
        names += sorted(entries.keys() - kept.keys())
        rows = [_row(entries[name], kept.get(name)) for name in names]
        page = replaced(page, heading, _HEAD, rows)
    return page


def _is_of(line: str, kind: Kind) -> bool:
    return re.fullmatch(rf"## .*`{kind}`", line) is not None


def _row(entry: ProviderEntry, kept: list[str] | None) -> tuple[str, ...]:
    install, remarks = ("", entry.cls.summary) if kept is None else kept[2:]
    return (f"`{entry.name}`", str(entry.cls.licence), install, remarks)
