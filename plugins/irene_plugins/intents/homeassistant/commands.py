"""Intents that change something at home."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from irene import Intent, Response
from irene_plugins.intents.homeassistant.connection import Connection, EntityState
from irene_plugins.intents.homeassistant.home import Entity
from irene_plugins.intents.homeassistant.selection import Misfit, Selection, Selector
from irene_plugins.intents.homeassistant.wording import Wording
from irene_plugins.intents.network.deadline import Deadline

_SWITCHED = ("light", "switch", "fan", "input_boolean", "media_player")
"""what "everything" means"""
_ANY = (
    *_SWITCHED,
    *("climate", "cover", "lock", "scene", "script", "valve", "vacuum", "humidifier", "siren"),
    *("group", "automation", "remote", "water_heater", "button", "input_button"),
)
_DOORS = ("garage", "gate", "door")
_ONLY_ON = ("scene", "button", "input_button")


@dataclass(frozen=True)
class _Switching:
    """One way of switching."""

    services: Mapping[str, tuple[str, str]]
    """service and key of the answer by domain"""
    otherwise: tuple[str, str]
    """the same for all other domains"""
    unable: tuple[str, ...] = ()
    """domains that cannot do it"""
    opens: bool = False
    """whether it opens covers"""
    unlocks: bool = False
    """whether it unlocks locks"""

    def is_door(self, entity: Entity) -> bool:
        """Say whether this opens a way into the home."""
        if entity.domain == "lock":
            return self.unlocks
        return self.opens and entity.domain == "cover" and entity.device_class in _DOORS


_ON = _Switching(
    {
        "cover": ("open_cover", "opened"),
        "valve": ("open_valve", "opened"),
        "lock": ("lock", "locked"),
        "vacuum": ("start", "started"),
        "scene": ("turn_on", "activated"),
        "script": ("turn_on", "started"),
        "button": ("press", "activated"),
        "input_button": ("press", "activated"),
    },
    ("turn_on", "on"),
    opens=True,
)
_OFF = _Switching(
    {
        "cover": ("close_cover", "closed"),
        "valve": ("close_valve", "closed"),
        "lock": ("unlock", "unlocked"),
        "vacuum": ("return_to_base", "docked"),
    },
    ("turn_off", "off"),
    unable=_ONLY_ON,
    unlocks=True,
)
_TOGGLE = _Switching({}, ("toggle", "toggled"), unable=(*_ONLY_ON, "lock", "vacuum"), opens=True)
_MOVES: Mapping[str, tuple[str, str]] = {
    "HassVacuumStart": ("start", "started"),
    "HassVacuumReturnToBase": ("return_to_base", "docked"),
    "HassMediaPause": ("media_pause", "paused"),
    "HassMediaUnpause": ("media_play", "resumed"),
    "HassMediaNext": ("media_next_track", "next"),
    "HassMediaPrevious": ("media_previous_track", "previous"),
}
_KELVIN = {"warm white": 2700, "cold white": 6000}


@dataclass(frozen=True)
class Errand:
    """One intent on its way: what it is about, and by when it must be done."""

    intent: Intent
    selector: Selector
    connection: Connection
    wording: Wording
    deadline: Deadline
    may_open: bool
    """whether doors may be unlocked and opened"""

    def slot(self, name: str) -> float | None:
        """Return a slot that is a number; None when it is not there, or is no number."""
        try:
            return float(str(self.intent.slots[name]))
        except (KeyError, ValueError):
            return None

    def perform(
        self, selection: Selection, service: Callable[[str], str], data: Mapping[str, Any], key: str
    ) -> Response:
        """Call a service for what is meant, and say so; what cannot be reached is named.

        Args:
            selection: what is meant.
            service: name of the service for a domain, without the domain.
            data: what else the service is told.
            key: key of the answer.
        """
        states = self.states(selection)
        present = [one for one in selection.entities if states[one.entity_id].is_available]
        absent = [one for one in selection.entities if one not in present]
        if not present:
            names = self.wording.names([one.name for one in absent])
            return self.wording.answer("gone", what=names)
        for domain in dict.fromkeys(one.domain for one in present):
            ids = [one.entity_id for one in present if one.domain == domain]
            self.connection.call(f"{domain}.{service(domain)}", ids, data, self.deadline)
        said = self.wording.answer(key, what=self.wording.what(selection), **self._told(data))
        return self.wording.absent(said, absent)

    def states(self, selection: Selection) -> dict[str, EntityState]:
        """Return the states of what is meant; what has gone is unavailable."""
        ids = [one.entity_id for one in selection.entities]
        if len(ids) == 1:
            state = self.connection.state(ids[0], self.deadline)
            found = {} if state is None else {ids[0]: state}
        else:
            found = {one.entity_id: one for one in self.connection.states(self.deadline)}
        return {one: found.get(one, EntityState(one, "unavailable", {})) for one in ids}

    def _told(self, data: Mapping[str, Any]) -> dict[str, str]:
        numbers = {"brightness_pct", "temperature", "position"}
        told = {}
        for key in numbers & data.keys():
            told["number"] = self.wording.number(data[key])
        if "color" in self.intent.slots:
            color = str(self.intent.slots["color"])
            told["color"] = self.wording.word(f"color_{color}", color)
        return told

    def asks(self, slot: str) -> Response:
        """Return the question for a slot that is missing."""
        return replace(self.wording.answer(f"which_{slot}"), asks=slot)


def turn_on(errand: Errand) -> Response:
    """Switch on, open, lock, start or activate, whichever it takes."""
    return _switch(errand, _ON)


def turn_off(errand: Errand) -> Response:
    """Switch off, close, unlock or send home."""
    return _switch(errand, _OFF)


def toggle(errand: Errand) -> Response:
    """Switch on what is off, and off what is on."""
    return _switch(errand, _TOGGLE)


def _switch(errand: Errand, way: _Switching) -> Response:
    is_clear = {"name", "domain"} & errand.intent.slots.keys()
    found = errand.selector.select(errand.intent, _ANY if is_clear else _SWITCHED)
    if isinstance(found, Misfit):
        return errand.wording.misfit(found)
    first = found.entities[0]
    if first.domain in way.unable:
        return errand.wording.answer("cannot", what=first.name)
    if not errand.may_open and any(map(way.is_door, found.entities)):
        return errand.wording.answer("not_allowed")
    key = way.services.get(first.domain, way.otherwise)[1]
    return errand.perform(found, lambda domain: way.services.get(domain, way.otherwise)[0], {}, key)


def stop_moving(errand: Errand) -> Response:
    """Stop covers where they are."""
    found = errand.selector.select(errand.intent, ("cover", "valve"))
    if isinstance(found, Misfit):
        return errand.wording.misfit(found)
    return errand.perform(found, lambda domain: f"stop_{domain}", {}, "stopped")


def set_position(errand: Errand) -> Response:
    """Move covers to a position in percent; 100 is open."""
    found = errand.selector.select(errand.intent, ("cover", "valve"))
    if isinstance(found, Misfit):
        return errand.wording.misfit(found)
    position = errand.slot("position")
    if position is None:
        return errand.asks("position")
    if position > 0 and not errand.may_open and any(map(_ON.is_door, found.entities)):
        return errand.wording.answer("not_allowed")
    data = {"position": round(min(100, max(0, position)))}
    return errand.perform(found, lambda domain: f"set_{domain}_position", data, "positioned")


def set_light(errand: Errand) -> Response:
    """Set brightness (percent) or colour of lights, or change the brightness by a step."""
    found = errand.selector.select(errand.intent, ("light",))
    if isinstance(found, Misfit):
        return errand.wording.misfit(found)
    data, key = _light_data(errand)
    if not data:
        return errand.asks("brightness")
    return errand.perform(found, lambda _: "turn_on", data, key)


def _light_data(errand: Errand) -> tuple[dict[str, Any], str]:
    """Return what `light.turn_on` is told, and the key of the answer; nothing when both miss."""
    data: dict[str, Any] = {}
    key = "brightness"
    step, percent = errand.slot("brightness_step"), errand.slot("brightness")
    if step is not None:
        data["brightness_step_pct"] = round(step)
        key = "brighter" if step > 0 else "darker"
    if percent is not None:
        data["brightness_pct"] = round(min(100, max(0, percent)))
        key = "brightness"
    if color := str(errand.intent.slots.get("color", "")):
        data.update(_color_data(color))
        key = "colored"
    return data, key


def _color_data(color: str) -> dict[str, Any]:
    if color in _KELVIN:
        return {"color_temp_kelvin": _KELVIN[color]}
    return {"color_name": color}


def set_temperature(errand: Errand) -> Response:
    """Set what heating or cooling is to reach, in the unit of the home."""
    found = errand.selector.select(errand.intent, ("climate", "water_heater"))
    if isinstance(found, Misfit):
        return errand.wording.misfit(found)
    degrees = errand.slot("temperature")
    if degrees is None:
        return errand.asks("temperature")
    for one in found.entities:
        if not one.takes(degrees):
            ends = {"low": errand.wording.number(one.low), "high": errand.wording.number(one.high)}
            return errand.wording.answer("range", what=one.name, **ends)
    data = {"temperature": degrees}
    return errand.perform(found, lambda _: "set_temperature", data, "heated")


def control_vacuum(errand: Errand) -> Response:
    """Start a vacuum cleaner, or send it home."""
    service, key = _MOVES[errand.intent.name]
    found = errand.selector.select(errand.intent, ("vacuum",))
    if isinstance(found, Misfit):
        return errand.wording.misfit(found)
    return errand.perform(found, lambda _: service, {}, key)


def control_media(errand: Errand) -> Response:
    """Pause, go on, skip or go back; without a name, what plays (or is paused) is meant."""
    service, key = _MOVES[errand.intent.name]
    slots = dict(errand.intent.slots)
    if not slots.get("name") and not slots.get("area"):
        slots["scope"] = "everywhere"
    found = errand.selector.select(replace(errand.intent, slots=slots), ("media_player",))
    if isinstance(found, Misfit):
        return errand.wording.misfit(found)
    if not found.is_named:
        wanted = "paused" if errand.intent.name == "HassMediaUnpause" else "playing"
        states = errand.states(found)
        busy = tuple(one for one in found.entities if states[one.entity_id].state == wanted)
        if not busy:
            return errand.wording.answer("nothing_plays")
        found = Selection(busy, False)
    return errand.perform(found, lambda _: service, {}, key)


COMMANDS: Mapping[str, Callable[[Errand], Response]] = {
    "HassTurnOn": turn_on,
    "HassTurnOff": turn_off,
    "HassToggle": toggle,
    "HassStopMoving": stop_moving,
    "HassSetPosition": set_position,
    "HassLightSet": set_light,
    "HassClimateSetTemperature": set_temperature,
    "HassVacuumStart": control_vacuum,
    "HassVacuumReturnToBase": control_vacuum,
    "HassMediaPause": control_media,
    "HassMediaUnpause": control_media,
    "HassMediaNext": control_media,
    "HassMediaPrevious": control_media,
}
"""what does the work of each intent"""
