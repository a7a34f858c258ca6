"""Which entities an intent is about: by name, by room, by kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from irene import Intent
from irene_plugins.intents.homeassistant.home import Entity, Home

_ALIKE = frozenset({"blind", "shutter", "curtain", "shade", "awning", ""})
"""device classes of covers that people confuse"""


@dataclass(frozen=True)
class Selection:
    """The entities that are meant."""

    entities: tuple[Entity, ...]
    """at least one"""
    is_named: bool
    """whether one thing was called by its name; else all of a kind were meant"""


@dataclass(frozen=True)
class Misfit:
    """Why nothing is meant, as the key of an answer."""

    key: str
    values: tuple[tuple[str, str], ...] = ()
    """what the answer's placeholders are replaced by"""
    names: tuple[str, ...] = ()
    """rooms among which a person may choose"""
    asks: str = ""
    """slot that the answer asks for"""


class Selector:
    """Finds what is meant in a home, from a place in it."""

    def __init__(self, home: Home, here: str) -> None:
        self._home = home
        self._here = home.area(here)
        self._lost = here if here and not self._here else ""

    def select(self, intent: Intent, domains: Sequence[str]) -> Selection | Misfit:
        """Return what the slots `name`, `area`, `floor`, `domain` and `device_class` mean.

        Args:
            intent: the slots are its own.
            domains: what the intent can be about, the most likely first; empty for anything.
        """
        slots = {key: str(value) for key, value in intent.slots.items()}
        if "domain" in slots:
            if domains and slots["domain"] not in domains:
                return Misfit("nothing")
            domains = [slots["domain"]]
        place = slots.get("area") or slots.get("floor") or ""
        area = self._home.area(place)
        if place and not area:
            return Misfit("no_area", (("area", place),))
        if slots.get("name"):
            return self._named(slots["name"], area, domains)
        kind = slots.get("device_class", "")
        if area or slots.get("scope"):
            return self._of_kind(area, domains, kind)
        return self._around(domains, kind)

    def _named(self, name: str, area: str, domains: Sequence[str]) -> Selection | Misfit:
        called = self._home.named(name)
        if not called:
            return Misfit("no_name", (("name", name),))
        able = [one for one in called if not domains or one.domain in domains]
        if not able:
            return Misfit("cannot", (("what", called[0].name),))
        if domains:
            likeliest = min(domains.index(one.domain) for one in able)
            able = [one for one in able if one.domain == domains[likeliest]]
        return self._in_one_area(able, area or self._here)

    def _in_one_area(self, entities: list[Entity], area: str) -> Selection | Misfit:
        """Return the one that is in this area; ask for the area where that decides."""
        near = [one for one in entities if area in self._home.areas_of(one)]
        if near:
            return Selection(tuple(near), True)
        return self._which(entities) or Selection(tuple(entities), True)

    def _of_kind(self, area: str, domains: Sequence[str], kind: str) -> Selection | Misfit:
        inside = self._home.within(area) if area else list(self._home.entities.values())
        able = [one for one in inside if not domains or one.domain in domains]
        found = of_class(able, kind)
        if found:
            return Selection(tuple(found), False)
        return Misfit("nothing_in", (("area", area),)) if area else Misfit("nothing")

    def _around(self, domains: Sequence[str], kind: str) -> Selection | Misfit:
        """Return what is meant where the person did not say: here, or the only ones there are."""
        if self._here:
            near = self._of_kind(self._here, domains, kind)
            if isinstance(near, Selection):
                return near
        everywhere = self._of_kind("", domains, kind)
        if isinstance(everywhere, Misfit):
            return everywhere
        if self._lost and len(everywhere.entities) > 1:  # never the whole home by a slip of the pen
            return self._which(everywhere.entities) or Misfit("no_area", (("area", self._lost),))
        return self._which(everywhere.entities) or everywhere

    def _which(self, entities: Sequence[Entity]) -> Misfit | None:
        """Return the question for a room, where there are several things in several rooms."""
        inside = {
            area: set(self._home.areas[area])
            for one in entities
            for area in self._home.areas_of(one)
        }
        rooms = [  # a floor is no answer where its rooms are
            area
            for area, content in inside.items()
            if not any(other < content for other in inside.values())
        ]
        if len(entities) < 2 or len(rooms) < 2:
            return None
        return Misfit("which_area", names=tuple(sorted(rooms)), asks="area")


def of_class(entities: Sequence[Entity], kind: str) -> list[Entity]:
    """Return those of a device class; where no cover has it, the covers of windows like it."""
    if not kind:
        return list(entities)
    exact = [one for one in entities if one.device_class in (kind, f"{kind}_door")]
    if exact or kind not in _ALIKE:
        return exact
    return [one for one in entities if one.domain == "cover" and one.device_class in _ALIKE]
