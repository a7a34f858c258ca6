"""Configurations as TOML text: the complete default, a short one to begin with, one in use."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from irene.config.fields import Field, descriptions_of, fields_of, summary_of
from irene.config.known_keys import SECTIONS, has_providers
from irene.config.origins import KeyPath, dotted
from irene.config.secrets import masked
from irene.config.sections import Config, ProviderTable
from irene.config.toml_text import format_value
from irene.config.version import CURRENT, KEY
from irene.config.writing import write_anew

SCHEMA_LINE = "#:schema ./irene.schema.json"
"""First line of a profile: editors complete and check it with the schema beside it."""

_WIDTH = 100
_STARTER_KEYS = {
    "voice_trigger": ("wake_words", "confidence_threshold"),
    "vad": ("end_silence_ms",),
    "asr": ("default_provider", "fallback_providers"),
    "tts": ("default_provider", "voice", "rate"),
    "intents": ("sentences",),
    "inputs": ("default_provider",),
    "outputs": ("default_provider",),
}


def render_default() -> str:
    """Return every key of every section with its default, its unit and its meaning."""
    lines = [
        SCHEMA_LINE,
        "# Every key with its default. Written by `python -m irene.config.rendering`.",
        "",
        *_version_lines(),
    ]
    for name, cls in SECTIONS.items():
        lines += ["", *_comment(summary_of(cls)), f"[{name}]"]
        lines += _default_lines(cls, tuple(fields_of(cls)))
        if has_providers(cls):
            lines += [f"# [{name}.providers.NAME] holds the options of one provider"]
    lines += _shared_tables()
    return "\n".join([*lines, ""])


def render_starter() -> str:
    """Return a short configuration with the keys that people change first."""
    lines = [
        "# Configuration of irene. What is not here has its default: `irene config show`.",
        "# `irene config check irene.toml` checks it, `irene providers` lists what can be chosen.",
        "",
        *_version_lines(),
    ]
    for name, keys in _STARTER_KEYS.items():
        lines += ["", *_comment(summary_of(SECTIONS[name])), f"[{name}]"]
        lines += _default_lines(SECTIONS[name], keys)
    return "\n".join([*lines, ""])


def _version_lines() -> tuple[str, str]:
    meaning = "form of this file: `irene config migrate` brings one of an earlier irene up to date"
    return f"# {meaning}", f"{KEY} = {CURRENT}"


def _shared_tables() -> Iterator[str]:
    """Yield the keys of tables that many sections have, once, as comments."""
    shared = {key.hint: key for cls in SECTIONS.values() for key in _tables(fields_of(cls))}
    for table, key in shared.items():
        yield from ("", *_comment(f"[SECTION.{key.name}]: {summary_of(table)}"))
        yield from (f"# {line}" for line in _default_lines(table, tuple(fields_of(table))))


def _tables(keys: Mapping[str, Field]) -> list[Field]:
    return [key for key in keys.values() if key.is_table]


def _default_lines(cls: type[Any], keys: tuple[str, ...]) -> Iterator[str]:
    descriptions = descriptions_of(cls)
    for name, key in fields_of(cls).items():
        if name in keys and key.is_table:
            meaning = descriptions.get(name, name)
            yield from _comment(f"{name}: {meaning} (a table, [SECTION.{name}], at the end)")
        elif name in keys and name != "providers":
            yield from _comment(descriptions.get(name, name) + _small_print(key))
            yield _default_line(key)


def _default_line(key: Field) -> str:
    if key.default is None:
        return f"# {key.name} = {format_value(key.metadata.get('example', ''))}"
    return f"{key.name} = {format_value(key.default)}"


def _small_print(key: Field) -> str:
    """Return unit and standing of a key, in brackets."""
    said = [text for text in (key.unit, key.metadata.get("no_effect")) if text]
    return f" ({'; '.join(said)})" if said else ""


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, _WIDTH - 2)]


def render_effective(config: Config, *, origin: bool) -> str:
    """Return a configuration as it is in force, as TOML with secrets masked.

    Args:
        config: a loaded configuration.
        origin: whether a comment after each value tells where it comes from.
    """
    lines = [f"# {config.path or config.name}", f"{KEY} = {CURRENT}"]
    for path, values in effective_tables(config):
        lines += ["", f"[{dotted(path)}]", *_value_lines(config, path, values, origin)]
    return "\n".join([*lines, ""])


def effective_tables(config: Config) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """Yield every table of a configuration with its values, as they are in force."""
    for name, cls in SECTIONS.items():
        section = getattr(config, name)
        keys = fields_of(cls)
        tables = [key.name for key in _tables(keys)]
        yield (name,), {k: getattr(section, k) for k in keys if k not in (*tables, "providers")}
        for key in tables:
            yield (name, key), vars(getattr(section, key))
        for table in getattr(section, "providers", {}).values():
            yield (name, "providers", table.name), _provider_values(table)


def _provider_values(table: ProviderTable) -> dict[str, Any]:
    """Return the framework's keys that are set, and the options but those without effect."""
    values = {
        item.name: getattr(table, item.name)
        for item in dataclasses.fields(table)
        if item.name not in ("name", "options")
    }
    values = {name: value for name, value in values.items() if value is not None}
    for name, key in fields_of(type(table.options)).items():
        value = getattr(table.options, name)
        if not key.metadata.get("no_effect") or value != key.default:
            values[name] = value
    return values


def _value_lines(
    config: Config, path: KeyPath, values: Mapping[str, Any], origin: bool
) -> Iterator[str]:
    for name, value in values.items():
        source = config.origin(dotted((*path, name)))
        shown = format_value(masked(value, (*path, name), config.origins))
        line = f"# {name} is not set" if value is None else f"{dotted((name,))} = {shown}"
        yield f"{line}  # {source}" if origin and value is not None else line


if __name__ == "__main__":
    write_anew("irene.config.rendering", "default.toml", render_default)
