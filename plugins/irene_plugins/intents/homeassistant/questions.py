"""Intents that ask how things are at home."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from irene import Response
from irene_plugins.intents.homeassistant.commands import Errand
from irene_plugins.intents.homeassistant.connection import EntityState
from irene_plugins.intents.homeassistant.home import Entity
from irene_plugins.intents.homeassistant.selection import Misfit, Selection

_OPENINGS = ("door", "window", "garage_door", "opening", "garage", "gate")
_IS: Mapping[str, tuple[str, ...]] = {
    "open": ("open", "opening"),
    "closed": ("closed", "closing"),
    "locked": ("locked", "locking"),
    "unlocked": ("unlocked", "unlocking", "open", "opening", "jammed"),
    "off": ("off", "standby", "closed"),
}
"""states that count as what was asked for; anything but `_NOT_ON` counts as on"""
_MOST_TOLD = 10
"""states that are told at once"""
_NOT_ON = ("off", "standby", "unknown", "unavailable", "closed")


def get_state(errand: Errand) -> Response:
    """Say how something is, whether it is as was asked, or which of several are."""
    found = _asked_about(errand)
    if isinstance(found, Misfit):
        return errand.wording.misfit(found)
    states = {one: _plain(one, state) for one, state in _states(errand, found).items()}
    wanted = str(errand.intent.slots.get("state", ""))
    if wanted and not found.is_named:
        return _counted(errand, states, wanted)
    told = [_told(errand, one, state, wanted) for one, state in states.items()]
    return replace(told[0], text=" ".join(one.text for one in told[:_MOST_TOLD]))


def _asked_about(errand: Errand) -> Selection | Misfit:
    slots = {"scope": "everywhere", **errand.intent.slots}
    domains = () if {"name", "domain", "device_class"} & slots.keys() else ("light",)
    found = errand.selector.select(replace(errand.intent, slots=slots), domains)
    if isinstance(found, Misfit) and {"domain", "device_class"} <= slots.keys():
        # "are any windows open": sentences mean those that move, most homes have sensors instead
        del slots["domain"]
        return errand.selector.select(replace(errand.intent, slots=slots), ())
    return found


def fits(state: str, wanted: str) -> bool:
    """Say whether a state is what was asked for."""
    if wanted == "on":
        return state not in _NOT_ON
    return state in _IS.get(wanted, (wanted,))


def _states(errand: Errand, found: Selection) -> dict[Entity, EntityState]:
    states = errand.states(found)
    return {one: states[one.entity_id] for one in found.entities}


def _plain(entity: Entity, state: EntityState) -> EntityState:
    """Return the state as people call it: a sensor of a door is not on, but open."""
    if entity.domain != "binary_sensor" or state.state not in ("on", "off"):
        return state
    is_on = state.state == "on"
    if entity.device_class in _OPENINGS:
        return replace(state, state="open" if is_on else "closed")
    if entity.device_class == "lock":
        return replace(state, state="unlocked" if is_on else "locked")
    return state


def _told(errand: Errand, entity: Entity, state: EntityState, wanted: str) -> Response:
    if not state.is_available:
        return errand.wording.answer("gone", what=entity.name)
    unit = str(state.attributes.get("unit_of_measurement") or "")
    words = errand.wording.state(state.state, unit)
    key = ("yes" if fits(state.state, wanted) else "no") if wanted else "is"
    return errand.wording.answer(key, what=entity.name, state=words)


def _counted(errand: Errand, states: Mapping[Entity, EntityState], wanted: str) -> Response:
    """Return the answer to a question about several."""
    question = str(errand.intent.slots.get("question") or errand.intent.response_key or "any")
    matching = [one.name for one, state in states.items() if fits(state.state, wanted)]
    rest = [one.name for one, state in states.items() if not fits(state.state, wanted)]
    wording = errand.wording
    if question == "how_many":
        return wording.answer("how_many", number=len(matching))
    if question == "all":
        key, names = ("no_all", rest) if rest else ("yes_all", matching)
    elif question == "which":
        key, names = ("which" if matching else "none"), matching
    else:
        key, names = ("yes_any" if matching else "no_any"), matching
    return wording.answer(key, names=wording.names(names))


def get_temperature(errand: Errand) -> Response:
    """Say how warm it is: what heating or cooling measures, else a sensor in the room."""
    found = errand.selector.select(errand.intent, ("climate", "water_heater"))
    if isinstance(found, Selection):
        for one, state in _states(errand, found).items():
            degrees = state.number("current_temperature")
            if degrees is not None:
                return _degrees(errand, one, degrees)
    return _measured(errand, found)


def _measured(errand: Errand, climate: Selection | Misfit) -> Response:
    """Return what a sensor of temperature says, where no heating or cooling does."""
    slots = {**errand.intent.slots, "device_class": "temperature"}
    found = errand.selector.select(replace(errand.intent, slots=slots), ("sensor",))
    if isinstance(found, Misfit):
        if isinstance(climate, Misfit):
            return errand.wording.misfit(climate)
        return errand.wording.answer("gone", what=climate.entities[0].name)
    for one, state in _states(errand, found).items():
        try:
            return _degrees(errand, one, float(state.state))
        except ValueError:
            continue
    return errand.wording.answer("gone", what=found.entities[0].name)


def _degrees(errand: Errand, entity: Entity, degrees: float) -> Response:
    return errand.wording.answer(
        "temperature", what=entity.name, number=errand.wording.number(degrees)
    )


def get_weather(errand: Errand) -> Response:
    """Say what the first weather entity says."""
    slots = {"scope": "everywhere", **errand.intent.slots}
    found = errand.selector.select(replace(errand.intent, slots=slots), ("weather",))
    if isinstance(found, Misfit):
        return errand.wording.misfit(found)
    first = Selection(found.entities[:1], True)
    state = errand.states(first)[first.entities[0].entity_id]
    if not state.is_available:
        return errand.wording.answer("gone", what=first.entities[0].name)
    words = errand.wording.word(f"weather_{state.state}", state.state)
    degrees = state.number("temperature")
    if degrees is None:
        return errand.wording.answer("weather_only", state=words)
    return errand.wording.answer("weather", state=words, number=errand.wording.number(degrees))


QUESTIONS: Mapping[str, Callable[[Errand], Response]] = {
    "HassGetState": get_state,
    "HassClimateGetTemperature": get_temperature,
    "HassGetWeather": get_weather,
}
"""what answers each intent"""
