"""A JSON schema of the configuration, for editors."""

from __future__ import annotations

import collections.abc
import dataclasses
import json
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from irene.config.fields import Field, descriptions_of, fields_of, summary_of
from irene.config.known_keys import SECTIONS, KnownKeys, has_providers
from irene.config.sections import ProviderTable
from irene.config.values import SCALARS, UNIONS, choices
from irene.config.version import CURRENT, KEY
from irene.config.writing import write_anew
from irene.domain.kinds import Kind
from irene.plugin.environment import OWN
from irene.plugin.host import PluginHost, installed_plugins
from irene.plugin.registry import ComponentRegistry

Schema = dict[str, Any]

_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def build_schema(registry: ComponentRegistry) -> Schema:
    """Return a JSON schema (draft 2020-12) of what a file may hold with these providers."""
    known = KnownKeys(registry)
    properties = {KEY: _VERSION, **{name: _section(known, name) for name in SECTIONS}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "irene",
        **_object("Configuration of the voice assistant irene", properties),
    }


def _section(known: KnownKeys, name: str) -> Schema:
    cls = SECTIONS[name]
    keys = {key: item for key, item in known.sections[name].items() if key != "providers"}
    properties = _properties(keys, descriptions_of(cls))
    if has_providers(cls):
        providers = _providers(known, Kind(name))
        properties["providers"] = providers
        if name == Kind.INPUT and "microphone" in providers["properties"]:
            properties["microphone_config"] = providers["properties"]["microphone"]
    return _object(summary_of(cls), properties)


def _providers(known: KnownKeys, kind: Kind) -> Schema:
    """Return the schema of all provider tables of a kind; tables may have names of their own."""
    reserved = _properties(known.reserved, descriptions_of(ProviderTable))
    tables = {}
    for name, entry in sorted(known.registry.entries(kind).items()):
        own = _properties(known.options(kind, name), descriptions_of(entry.cls.Options))
        tables[name] = _object(entry.cls.summary or f"Options of {name}", {**reserved, **own})
    schema = _object("One table for each provider", tables)
    schema["additionalProperties"] = {"type": "object", "properties": reserved}
    return schema


_VERSION: Schema = {
    "description": "form of the file; one that says none is of the first",
    "type": "integer",
    "minimum": 1,
    "maximum": CURRENT,
}


def _object(description: str, properties: Mapping[str, Any]) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _properties(keys: Mapping[str, Field], descriptions: Mapping[str, str]) -> dict[str, Any]:
    return {name: _property(key, descriptions.get(name, "")) for name, key in keys.items()}


def _property(key: Field, description: str) -> Schema:
    if key.is_table:
        return _object(description, _properties(fields_of(key.hint), descriptions_of(key.hint)))
    unit = f" ({key.unit})" if key.unit else ""
    schema: Schema = {"description": f"{description or key.name}{unit}", **_type(key.hint)}
    if key.metadata.get("one"):
        schema["type"] = ["string", "array"]
    if key.range is not None:
        low, high = key.range
        schema.update({"minimum": low} if high is None else {"minimum": low, "maximum": high})
    if "pattern" in key.metadata:
        schema["pattern"] = key.metadata["pattern"]
    if isinstance(key.default, (bool, int, float, str)):
        schema["default"] = key.default
    return schema


def _type(hint: Any) -> Schema:
    """Return the schema of a type; what is beyond the plain ones is left to pydantic."""
    if hint in SCALARS:
        return {"type": _NAMES[hint]}
    if choices(hint):
        return {"type": "string", "enum": list(choices(hint))}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple and arguments[1:] == (Ellipsis,):
        return {"type": "array", "items": _type(arguments[0])}
    if origin in (dict, collections.abc.Mapping):
        return {"type": "object", "additionalProperties": _type(arguments[1])}
    if origin in UNIONS:
        return _union([member for member in arguments if member is not type(None)])
    return {} if hint is Any else _foreign_type(hint)


def _row(cls: Any) -> Schema:
    """Return the schema of each table of a list of tables."""
    keys = fields_of(cls)
    required = [name for name, key in keys.items() if key.default is dataclasses.MISSING]
    row = _object(summary_of(cls), _properties(keys, descriptions_of(cls)))
    return {**row, "required": required}


def _union(members: list[Any]) -> Schema:
    """Join types without `anyOf`, which editors explain badly."""
    schemas = [_type(member) for member in members]
    joined: Schema = {}
    for schema in schemas:
        joined.update(schema)
    if len(schemas) > 1:
        joined["type"] = [schema["type"] for schema in schemas]
    return joined


def _foreign_type(hint: Any) -> Schema:
    if dataclasses.is_dataclass(hint):
        return _row(hint)
    from pydantic import TypeAdapter

    return TypeAdapter(hint).json_schema()


def bundled_providers() -> ComponentRegistry:
    """Return the providers that come with irene itself, whatever else is installed."""
    bundled = [source for source in installed_plugins() if source.distribution == OWN]
    return ComponentRegistry(PluginHost(bundled))


def _rendered() -> str:
    text = json.dumps(build_schema(bundled_providers()), indent=2, ensure_ascii=False)
    return f"{text}\n"


if __name__ == "__main__":
    write_anew("irene.config.schema", "irene.schema.json", _rendered)
