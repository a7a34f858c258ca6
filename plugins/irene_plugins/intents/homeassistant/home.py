"""What there is in a home: entities with their names, and the areas that they are in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from irene_plugins.intents.homeassistant.connection import EntityState

MAX_ENTITIES = 2000
"""more names than these make no vocabulary that anybody recognises"""


@dataclass(frozen=True)
class Entity:
    """Something that can be asked about or told what to do."""

    entity_id: str
    """such as `light.kitchen`"""
    name: str
    """what people call it"""
    aliases: tuple[str, ...] = ()
    """what else people call it"""
    device_class: str = ""
    """such as `window`; empty when it has none"""
    low: float | None = None
    """lowest temperature that it can be set to"""
    high: float | None = None
    """highest temperature that it can be set to"""

    @property
    def domain(self) -> str:
        """Such as `light`."""
        return self.entity_id.partition(".")[0]

    def takes(self, degrees: float) -> bool:
        """Say whether it can be set to a temperature."""
        if self.low is None or self.high is None:
            return True
        return self.low <= degrees <= self.high

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that people call it."""
        return (self.name, *self.aliases)


@dataclass(frozen=True)
class Home:
    """A home as it was when Home Assistant was last asked."""

    entities: Mapping[str, Entity] = field(default_factory=dict)
    """by entity id"""
    areas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """ids of the entities in each area or floor, by its name"""

    def named(self, name: str) -> list[Entity]:
        """Return everything that is called so, whatever it is."""
        wanted = name.casefold()
        return [
            entity
            for entity in self.entities.values()
            if wanted == entity.entity_id or wanted in map(str.casefold, entity.names)
        ]

    def area(self, name: str) -> str:
        """Return the name of an area as the home writes it; empty when there is none."""
        wanted = name.casefold()
        return next((area for area in self.areas if area.casefold() == wanted), "")

    def within(self, area: str) -> list[Entity]:
        """Return what is in an area."""
        return [self.entities[one] for one in self.areas.get(area, ()) if one in self.entities]

    def areas_of(self, entity: Entity) -> list[str]:
        """Return the areas that something is in."""
        return [area for area, inside in self.areas.items() if entity.entity_id in inside]

    def to_json(self) -> dict[str, Any]:
        """Return the home as JSON holds it."""
        return {
            "entities": [vars(entity) for entity in self.entities.values()],
            "areas": {area: list(inside) for area, inside in self.areas.items()},
        }

    @classmethod
    def from_json(cls, found: Any) -> Home:
        """Return the home that `to_json` described.

        Raises:
            KeyError, TypeError, ValueError: it did not.
        """
        entities = [
            Entity(**{**entry, "aliases": tuple(entry["aliases"])}) for entry in found["entities"]
        ]
        areas = {str(area): tuple(map(str, inside)) for area, inside in found["areas"].items()}
        return cls({entity.entity_id: entity for entity in entities}, areas)


def build_home(
    states: Iterable[EntityState],
    areas: Mapping[str, Sequence[str]],
    expose: Sequence[str],
    aliases: Mapping[str, str],
) -> Home:
    """Return the home of what is exposed.

    Args:
        states: all states.
        areas: entity ids or names in each area, by its name.
        expose: domains (`light`), domains with a device class (`sensor:temperature`) or patterns
            of entity ids (`switch.garden_*`); one that begins with `!` leaves out.
        aliases: entity id or name of what is also called so, by alias.
    """
    exposed = [state for state in states if is_exposed(state, expose)][:MAX_ENTITIES]
    entities = {state.entity_id: _entity(state) for state in exposed}
    home = Home(entities)
    for alias, target in aliases.items():
        for entity in home.named(target):
            known = entities[entity.entity_id]
            entities[entity.entity_id] = _also_called(known, alias)
    return Home(entities, _resolved(home, areas))


def is_exposed(state: EntityState, expose: Sequence[str]) -> bool:
    """Say whether the patterns let an entity in; the last one that fits decides."""
    domain = state.entity_id.partition(".")[0]
    fits = {domain, f"{domain}:{state.attributes.get('device_class')}"}
    let_in = False
    for pattern in expose:
        plain = pattern.removeprefix("!")
        if plain in fits or fnmatchcase(state.entity_id, plain):
            let_in = not pattern.startswith("!")
    return let_in


def _entity(state: EntityState) -> Entity:
    plain = state.entity_id.partition(".")[2].replace("_", " ")
    name = state.attributes.get("friendly_name")
    return Entity(
        state.entity_id,
        " ".join(name.split()) if isinstance(name, str) and name.strip() else plain,
        device_class=str(state.attributes.get("device_class") or ""),
        low=state.number("min_temp") if state.entity_id.startswith("climate.") else None,
        high=state.number("max_temp") if state.entity_id.startswith("climate.") else None,
    )


def _also_called(entity: Entity, alias: str) -> Entity:
    given = {**vars(entity), "aliases": (*entity.aliases, alias)}
    return Entity(**given)


def _resolved(home: Home, areas: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the areas in which something is, with the ids of what is in them."""
    resolved = {
        area: tuple(dict.fromkeys(entity.entity_id for one in inside for entity in home.named(one)))
        for area, inside in areas.items()
    }
    return {area: inside for area, inside in resolved.items() if inside}
