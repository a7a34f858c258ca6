"""What has changed from one form of the configuration to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import tomlkit

from irene.config.former_names import FORMER_NAMES
from irene.config.known_keys import GUIDE_KEYS, SECTIONS, KnownKeys, has_providers
from irene.config.migrating.renaming import renamed
from irene.config.origins import dotted
from irene.domain.kinds import Kind

Tables = MutableMapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One change; applied to a text that needs it not, it changes nothing."""

    to_version: int
    """form that it leads to"""
    apply: Callable[[str, KnownKeys], tuple[str, list[str]]]
    """returns the text of that form, and what was changed, a line each"""


def _rename_tables(text: str, known: KnownKeys) -> tuple[str, list[str]]:
    after, found = renamed(text, FORMER_NAMES)
    return after, [f"[{dotted(one)}] is [{dotted(FORMER_NAMES[one])}]" for one in found]


def _make_lists(text: str, known: KnownKeys) -> tuple[str, list[str]]:
    """Make lists of what was one text, and may be several now."""
    document: Any = tomlkit.parse(text)
    told: list[str] = []
    for name in SECTIONS:
        section = document.get(name)
        for key, item in known.sections[name].items() if isinstance(section, Mapping) else ():
            value = section.get(key)
            if item.metadata.get("one") and isinstance(value, str):
                set_value(section, key, [str(value)] if value else [])
                told.append(f"{name}.{key} is a list")
    return tomlkit.dumps(document), told


def _leave_out_idle_keys(text: str, known: KnownKeys) -> tuple[str, list[str]]:
    """Leave out what guides give to engines that have no use for it."""
    document: Any = tomlkit.parse(text)
    told: list[str] = []
    for kind, name, table in _provider_tables(document):
        for key in _idle(kind, str(table.get("type", name)), table, known):
            del table[key]
            told.append(f"{dotted((str(kind), 'providers', name, key))} had no effect")
    return tomlkit.dumps(document), told


def _idle(kind: Kind, type_name: str, table: Tables, known: KnownKeys) -> list[str]:
    options = known.options(kind, type_name)
    if type_name not in known.registry.entries(kind):
        return []  # what nobody offers here may know its keys elsewhere
    foreign = GUIDE_KEYS - options.keys() - known.reserved.keys()
    own = {name for name, item in options.items() if item.metadata.get("no_effect")}
    return [key for key in table if key in foreign | own]


def _provider_tables(document: Tables) -> Iterator[tuple[Kind, str, Tables]]:
    for section, cls in SECTIONS.items():
        found = document.get(section)
        providers = found.get("providers") if isinstance(found, Mapping) else None
        if not has_providers(cls) or not isinstance(providers, Mapping):
            continue
        for name, table in providers.items():
            if isinstance(table, MutableMapping):
                yield Kind(section), str(name), table


def set_value(table: Tables, key: str, value: Any) -> None:
    """Set the value of a key that is there; the comment behind the former one stays."""
    former, renewed = table[key], tomlkit.item(value)
    if hasattr(former, "trivia"):
        renewed.trivia.comment_ws = former.trivia.comment_ws
        renewed.trivia.comment = former.trivia.comment
        renewed.trivia.trail = former.trivia.trail
    table[key] = renewed


STEPS = (
    Step(2, _rename_tables),
    Step(2, _make_lists),
    Step(2, _leave_out_idle_keys),
)
"""in the order in which they are applied"""
