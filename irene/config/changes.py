"""What is different between two configurations, key by key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

from irene.config.effects import Effect, effect_of
from irene.config.origins import dotted
from irene.config.sections import Config, ProviderTable, Routing, SlotSection

_NO_SECTIONS = frozenset({"name", "path", "origins", "warnings"})

SLOT_KEYS = frozenset(one.name for cls in (SlotSection, Routing) for one in fields(cls))
"""keys of a section that say who fills its slot, and how the work is shared there"""


@dataclass(frozen=True)
class Changes:
    """The keys whose values differ, in the order of the sections."""

    keys: tuple[str, ...] = ()
    """dotted; never their values, which may be secret"""

    def __bool__(self) -> bool:
        return bool(self.keys)

    @property
    def applied(self) -> tuple[str, ...]:
        """Keys that come into force in an assistant that runs."""
        return tuple(key for key in self.keys if effect_of(key) is not Effect.RESTART)

    @property
    def restart(self) -> tuple[str, ...]:
        """Keys that wait for the next start."""
        return tuple(key for key in self.keys if effect_of(key) is Effect.RESTART)

    def touch(self, *prefixes: str) -> bool:
        """Whether a key that is applied is one of these, or lies below one of them."""
        return any(_is_below(key, prefix) for key in self.applied for prefix in prefixes)

    def touch_slot(self, section: str) -> bool:
        """Whether it is other providers, or others in another order, that fill this slot."""
        return self.touch(*(f"{section}.{key}" for key in SLOT_KEYS))

    def without(self, *keys: str) -> Changes:
        """Return the changes but for these keys."""
        return Changes(tuple(key for key in self.keys if key not in keys))

    def and_keys(self, keys: Iterable[str]) -> Changes:
        """Return the changes together with further keys: what they name has changed, not they."""
        return Changes(tuple(dict.fromkeys((*self.keys, *keys))))


def changes_between(old: Config, new: Config) -> Changes:
    """Return the keys whose values differ.

    A provider's table that is new or gone counts with the keys that somebody wrote into it.
    """
    return Changes(tuple(dict.fromkeys(_changed(old, new))))


def applicable(old: Config, new: Config) -> Config:
    """Return the new configuration with the old values of all keys that need a restart."""
    sections = {name: _kept(name, getattr(old, name), getattr(new, name)) for name in _sections()}
    return replace(new, **sections)


def _kept(name: str, old: Any, new: Any) -> Any:
    kept = {
        one.name: getattr(old, one.name)
        for one in fields(new)
        if effect_of(f"{name}.{one.name}") is Effect.RESTART
    }
    return replace(new, **kept)


@lru_cache(maxsize=1)
def _sections() -> tuple[str, ...]:
    return tuple(one.name for one in fields(Config) if one.name not in _NO_SECTIONS)


def _changed(old: Config, new: Config) -> Iterator[str]:
    for name in _sections():
        before, after = getattr(old, name), getattr(new, name)
        for one in fields(after):
            a, b = getattr(before, one.name), getattr(after, one.name)
            if one.name == "providers":
                yield from _changed_tables(name, (old, a), (new, b))
            elif a != b:
                yield f"{name}.{one.name}"


_Tables = tuple[Config, Mapping[str, ProviderTable]]


def _changed_tables(section: str, old: _Tables, new: _Tables) -> Iterator[str]:
    for name in dict.fromkeys((*old[1], *new[1])):
        path = (section, "providers", name)
        before, after = old[1].get(name), new[1].get(name)
        if before is not None and after is not None:
            yield from _changed_values(path, before, after)
        else:
            config = old[0] if after is None else new[0]
            table = f"{dotted(path)}."
            yield from (key for key in config.origins if key.startswith(table))


def _changed_values(path: tuple[str, ...], old: object, new: object) -> Iterator[str]:
    """Yield the keys of a table, and of the provider's options in it, that differ."""
    if type(old) is not type(new):  # another type has other options
        yield dotted((*path, "type"))
        return
    for one in fields(new) if is_dataclass(new) and not isinstance(new, type) else ():
        a, b = getattr(old, one.name), getattr(new, one.name)
        if one.name == "options" and isinstance(new, ProviderTable):
            yield from _changed_values(path, a, b)
        elif a != b:
            yield dotted((*path, one.name))


def _is_below(key: str, prefix: str) -> bool:
    return key == prefix or key.startswith(f"{prefix}.")
