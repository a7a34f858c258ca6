"""A small home behind Home Assistant's REST interface, on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from local_server import Conversation, Request

TOKEN = "ha-token-0123456789"


def state(entity_id: str, value: str, name: str, **attributes: Any) -> dict[str, Any]:
    attributes = {"friendly_name": name, **attributes}
    return {"entity_id": entity_id, "state": value, "attributes": attributes}


def states_of_a_home() -> list[dict[str, Any]]:
    return [
        state("light.kitchen_lamp", "off", "Kitchen Lamp"),
        state("light.kitchen_ceiling", "on", "Kitchen Ceiling"),
        state("light.bedroom", "off", "Bedroom Light"),
        state("light.reading_1", "on", "Reading Light"),
        state("light.reading_2", "off", "Reading Light"),
        state("light.hall_2", "unavailable", "Hall Lamp 2"),
        state("switch.coffee", "off", "Coffee Machine"),
        state("fan.bedroom", "off", "Bedroom Fan"),
        state("cover.office_blind", "open", "Office Blind", device_class="blind"),
        state("cover.bedroom", "closed", "Bedroom Shutter", device_class="shutter"),
        state("cover.garage", "closed", "Garage Door", device_class="garage"),
        state("lock.front", "locked", "Front Door"),
        state("lock.back", "unlocked", "Back Door"),
        state(
            "climate.living",
            "heat",
            "Living Room Thermostat",
            min_temp=7,
            max_temp=30,
            current_temperature=20.5,
        ),
        state("scene.movie", "2026-01-01T00:00:00", "Movie Night"),
        state("script.goodnight", "off", "Good Night"),
        state("media_player.tv", "playing", "Television"),
        state("media_player.radio", "paused", "Radio"),
        state("vacuum.robby", "docked", "Robby"),
        state("binary_sensor.kitchen_window", "on", "Kitchen Window", device_class="window"),
        state("binary_sensor.office_window", "off", "Office Window", device_class="window"),
        state(
            "sensor.bedroom_temp",
            "18.30",
            "Bedroom Temperature",
            device_class="temperature",
            unit_of_measurement="°C",
        ),
        state("sensor.phone", "83", "Phone Battery", device_class="battery"),
        state("weather.home", "partlycloudy", "Home", temperature=12.0),
        state("person.ann", "not_home", "Ann"),
    ]


AREAS = {
    "Kitchen": ["light.kitchen_lamp", "light.kitchen_ceiling", "binary_sensor.kitchen_window"],
    "Bedroom": [
        *("light.bedroom", "light.reading_1", "fan.bedroom", "cover.bedroom"),
        *("sensor.bedroom_temp", "media_player.radio"),
    ],
    "Office": ["light.reading_2", "cover.office_blind", "binary_sensor.office_window"],
    "Living Room": ["climate.living", "media_player.tv"],
}
FLOORS = {"Upstairs": ["Bedroom", "Office"]}


GERMAN = {
    "Kitchen Lamp": "Küchenlampe",
    "Kitchen Ceiling": "Deckenlicht",
    "Bedroom Light": "Nachttischlampe",
    "Reading Light": "Leselampe",
    "Hall Lamp 2": "Flurlampe 2",
    "Coffee Machine": "Kaffeemaschine",
    "Bedroom Fan": "Deckenventilator",
    "Office Blind": "Jalousie am Schreibtisch",
    "Bedroom Shutter": "Rollladen am Bett",
    "Garage Door": "Garagentor",
    "Front Door": "Haustür",
    "Back Door": "Hintertür",
    "Living Room Thermostat": "Thermostat",
    "Movie Night": "Filmabend",
    "Good Night": "Gute Nacht",
    "Television": "Fernseher",
    "Kitchen Window": "Küchenfenster",
    "Office Window": "Bürofenster",
    "Bedroom Temperature": "Schlafzimmertemperatur",
    "Kitchen": "Küche",
    "Bedroom": "Schlafzimmer",
    "Office": "Büro",
    "Living Room": "Wohnzimmer",
    "Upstairs": "Obergeschoss",
}


class FakeHome:
    """Answers as Home Assistant does; `calls` keeps the services that were called."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self.names = names or {}
        """what things and rooms are called instead"""
        self.states = states_of_a_home()
        for one in self.states:
            plain = one["attributes"]["friendly_name"]
            one["attributes"]["friendly_name"] = self.names.get(plain, plain)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.has_floors = True
        self.is_admin = True

    def __call__(self, talk: Conversation, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            talk.reply(401, b"401: Unauthorized")
        elif request.path == "/api/states":
            talk.reply(200, self.states)
        elif found := re.fullmatch(r"/api/states/(.+)", request.path):
            self._state(talk, found[1])
        elif found := re.fullmatch(r"/api/services/(\w+)/(\w+)", request.path):
            self._call(talk, f"{found[1]}.{found[2]}", request.json)
        elif request.path == "/api/template":
            self._render(talk, request.json["template"])
        else:
            talk.reply(404, {"message": "Not found"})

    def _state(self, talk: Conversation, entity_id: str) -> None:
        found = [one for one in self.states if one["entity_id"] == entity_id]
        if found:
            talk.reply(200, found[0])
        else:
            talk.reply(404, {"message": "Entity not found."})

    def _call(self, talk: Conversation, service: str, data: dict[str, Any]) -> None:
        self.calls.append((service, data))
        talk.reply(200, [one for one in self.states if one["entity_id"] in data["entity_id"]])

    def _render(self, talk: Conversation, template: str) -> None:
        """Fill in the templates that ask for rooms; Jinja itself is not what is tested."""
        if not self.is_admin:
            talk.reply(401, b"401: Unauthorized")
        elif "floors()" in template and not self.has_floors:
            talk.reply(400, {"message": "Error rendering template: 'floors' is undefined"})
        else:
            found = [{"name": name, "entities": inside} for name, inside in AREAS.items()]
            for floor, rooms in FLOORS.items() if "floors()" in template else ():
                found += [{"name": floor, "entities": AREAS[room]} for room in rooms]
            found = [{**one, "name": self.names.get(one["name"], one["name"])} for one in found]
            talk.reply(200, json.dumps(found).encode())
