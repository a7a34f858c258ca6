"""Home Assistant's REST interface: states, services and templates."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from irene_plugins.intents.network.addresses import RequestFailedError
from irene_plugins.intents.network.deadline import Deadline
from irene_plugins.intents.network.http_client import HttpClient

MAX_BYTES = 32 * 1024 * 1024
"""largest answer that is taken: thousands of states take a few megabytes"""

_AREAS = (
    "{%- for a in areas() -%}{%- set ns.found = ns.found +"
    " [{'name': area_name(a), 'entities': area_entities(a)}] -%}{%- endfor -%}"
)
_FLOORS = (
    "{%- for f in floors() -%}{%- for a in floor_areas(f) -%}{%- set ns.found = ns.found +"
    " [{'name': floor_name(f), 'entities': area_entities(a)}] -%}{%- endfor -%}{%- endfor -%}"
)
_BEGIN = "{%- set ns = namespace(found=[]) -%}"
_END = "{{ ns.found | to_json }}"


@dataclass(frozen=True)
class EntityState:
    """What Home Assistant says of one entity."""

    entity_id: str
    """such as `light.kitchen`"""
    state: str
    """such as `on`, `21.5` or `unavailable`"""
    attributes: Mapping[str, Any]
    """such as `friendly_name` and `device_class`"""

    @property
    def is_available(self) -> bool:
        """Whether the device can be reached, as far as Home Assistant knows."""
        return self.state != "unavailable"

    def number(self, attribute: str) -> float | None:
        """Return an attribute that is a number; None when it is not."""
        value = self.attributes.get(attribute)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return float(value)


class Connection:
    """Asks Home Assistant; every method raises `RequestFailedError` when that brings nothing."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    def states(self, deadline: Deadline) -> list[EntityState]:
        """Return all states; entries that are none are left out."""
        found = self._get("/api/states", deadline)
        states = [_state(entry) for entry in found] if isinstance(found, list) else []
        sound = [state for state in states if state is not None]
        if not isinstance(found, list) or (found and not sound):
            raise self._client.garbled("sent a list of states that is none")
        return sound

    def state(self, entity_id: str, deadline: Deadline) -> EntityState | None:
        """Return the state of one entity; None when it does not exist (any more)."""
        try:
            found = self._get(f"/api/states/{entity_id}", deadline)
        except RequestFailedError as error:
            if error.trouble == "unknown":
                return None
            raise
        state = _state(found)
        if state is None:
            raise self._client.garbled(f"sent something that is no state of {entity_id}")
        return state

    def call(
        self, service: str, entity_ids: Sequence[str], data: Mapping[str, Any], deadline: Deadline
    ) -> None:
        """Call a service, such as `light.turn_on`, for entities."""
        domain, _, name = service.partition(".")
        body = {"entity_id": list(entity_ids), **data}
        path = f"/api/services/{domain}/{name}"
        reply = self._client.request("POST", path, deadline, body, MAX_BYTES)
        if not isinstance(self._client.json_of(reply), (list, dict)):
            raise self._client.garbled(f"sent something that is no answer to {service}")

    def areas(self, deadline: Deadline) -> dict[str, list[str]]:
        """Return the entities of each area and floor, by its name.

        Home Assistant has no REST address for areas, but fills in templates that know them. Floors
        came with 2024.4.
        """
        try:
            return self._render(_BEGIN + _AREAS + _FLOORS + _END, deadline)
        except RequestFailedError as error:
            if error.trouble != "refused":
                raise
        return self._render(_BEGIN + _AREAS + _END, deadline)

    def _render(self, template: str, deadline: Deadline) -> dict[str, list[str]]:
        body = {"template": template}
        reply = self._client.request("POST", "/api/template", deadline, body, MAX_BYTES)
        if reply.status != 200:
            raise self._client.failed(reply)
        try:
            return _areas(json.loads(reply.body))
        except (ValueError, RecursionError):
            raise self._client.garbled("sent something that is no list of areas") from None

    def _get(self, path: str, deadline: Deadline) -> Any:
        return self._client.json_of(self._client.request("GET", path, deadline, None, MAX_BYTES))


def _state(entry: Any) -> EntityState | None:
    """Return an entry of the list of states; None for anything else."""
    if not isinstance(entry, Mapping):
        return None
    entity_id, state = entry.get("entity_id"), entry.get("state")
    attributes = entry.get("attributes") or {}
    if not isinstance(entity_id, str) or not isinstance(state, str):
        return None
    is_sound = entity_id.count(".") == 1 and isinstance(attributes, Mapping)
    return EntityState(entity_id, state, attributes) if is_sound else None


def _areas(found: Any) -> dict[str, list[str]]:
    if not isinstance(found, list):
        raise ValueError
    areas: dict[str, list[str]] = {}
    for entry in found:
        if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
            entities = entry.get("entities")
            known = areas.setdefault(entry["name"], [])
            known.extend(one for one in entities or () if isinstance(one, str) and one not in known)
    return areas
