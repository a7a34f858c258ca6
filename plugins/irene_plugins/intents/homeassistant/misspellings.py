"""What the options name and the home does not have, with what may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from irene_plugins.intents.homeassistant.home import Home


def misspellings(
    home: Home,
    area: str,
    aliases: Mapping[str, str],
    areas: Mapping[str, Sequence[str]],
) -> Iterator[str]:
    """Yield a line for each name in the options that nothing in the home has.

    Args:
        home: what there is; nothing is said of a home that is not known.
        area: the room that the assistant stands in.
        aliases: entity id or name by alias.
        areas: entity ids or names by room.
    """
    if not home.entities:
        return
    things = [*home.entities, *(name for one in home.entities.values() for name in one.names)]
    if area and home.areas and not home.area(area):
        yield f"area = {area!r}: there is no such room; {_meant(area, home.areas)}"
    for alias, target in aliases.items():
        if not home.named(target):
            yield f"aliases.{alias} = {target!r}: nothing is called so; {_meant(target, things)}"
    for room, inside in areas.items():
        for name in inside:
            if not home.named(name):
                yield f"areas.{room}: nothing is called {name!r}; {_meant(name, things)}"


def _meant(name: str, known: Iterable[str]) -> str:
    by_sound = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), by_sound, n=3)
    if near:
        return f"did you mean {' or '.join(repr(by_sound[one]) for one in near)}?"
    return f"there is, for example, {', '.join(map(repr, sorted(by_sound.values())[:3]))}"
