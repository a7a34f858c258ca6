"""The reference page of the configuration, written from the dataclasses."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from irene.config.fields import Field, descriptions_of, fields_of, summary_of
from irene.config.known_keys import SECTIONS, KnownKeys, has_providers
from irene.config.schema import bundled_providers
from irene.config.sections import ProviderTable
from irene.config.toml_text import format_value
from irene.domain.kinds import Kind

_PREAMBLE = """\
# Configuration

<!-- written by `make docs` from irene/config/sections and the options of the providers -->

One TOML file configures the assistant. It is looked for as `./irene.toml`, then
`$XDG_CONFIG_HOME/irene/irene.toml`; without one the profile `default` is used. Each value is taken
from the last of these that gives it: the default, the file, the environment
(`IRENE_SECTION__KEY`, as in `IRENE_ASR__DEFAULT_PROVIDER=vosk`), and `--set section.key=value`.
Texts may hold `${VARIABLE}`, `${VARIABLE:-default}` and `${file:PATH}`, for
[what a file holds](../how-to/secrets.md); `$${` is a literal `${`. Paths are relative to the file
that names them. `version = 2`, before all sections, says in which form the file is written;
[earlier forms](../how-to/update.md) are read, too.
"""
_HEAD = ("| key | takes | default | unit | meaning |", "|---|---|---|---|---|")


def render(page: str = "") -> str:
    """Return the page: a table for each section and for each bundled provider's options.

    What was on it does not matter.
    """
    known = KnownKeys(bundled_providers())
    lines = [_PREAMBLE]
    for name, cls in SECTIONS.items():
        lines += [f"## [{name}]", "", summary_of(cls), ""]
        keys = {key: item for key, item in known.sections[name].items() if key != "providers"}
        lines += [*_table(keys, descriptions_of(cls)), ""]
        lines += _listed_tables(name, keys)
        if has_providers(cls):
            lines += _providers(known, Kind(name))
    lines += _shared_tables(known)
    lines += ["## Keys of every provider table", "", summary_of(ProviderTable), ""]
    lines += [*_table(known.reserved, descriptions_of(ProviderTable)), ""]
    return "\n".join(lines)


def _listed_tables(section: str, keys: Mapping[str, Field]) -> Iterator[str]:
    """Yield the keys of the tables of each list of tables."""
    for name, key in keys.items():
        if key.row is not None:
            yield from (f"### [[{section}.{name}]]", "", summary_of(key.row), "")
            yield from (*_table(fields_of(key.row), descriptions_of(key.row)), "")


def _shared_tables(known: KnownKeys) -> Iterator[str]:
    """Yield the keys of tables that many sections have, once."""
    keys = [key for section in known.sections.values() for key in section.values() if key.is_table]
    for table, name in {key.hint: key.name for key in keys}.items():
        yield from (f"## Keys of every table [SECTION.{name}]", "", summary_of(table), "")
        yield from (*_table(fields_of(table), descriptions_of(table)), "")


def _providers(known: KnownKeys, kind: Kind) -> Iterator[str]:
    for name, entry in sorted(known.registry.entries(kind).items()):
        keys = known.options(kind, name)
        if keys:
            yield from (f"### [{kind}.providers.{name}]", "")
            if entry.cls.summary:
                yield from (entry.cls.summary, "")
            yield from (*_table(keys, descriptions_of(entry.cls.Options)), "")


def _table(keys: Mapping[str, Field], descriptions: Mapping[str, str]) -> Iterator[str]:
    yield from _HEAD
    for name, key in keys.items():
        meaning = descriptions.get(name, "")
        if reason := key.metadata.get("no_effect"):
            meaning = f"{meaning} ({reason})"
        default = "" if key.is_table else _default(key.default)
        cells = (f"`{name}`", key.expected, default, key.unit, meaning)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(value: Any) -> str:
    if value is None or value is dataclasses.MISSING:
        return "required" if value is dataclasses.MISSING else ""
    return f"`{format_value(value)}`"
