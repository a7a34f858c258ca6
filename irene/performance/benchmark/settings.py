"""The settings that a benchmark ran with, so that two runs can be told apart by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from irene.cache.keys import digest
from irene.config.sections import Config

_NO_SECTIONS = frozenset({"name", "path", "origins", "warnings", "performance", "plugins"})
_NO_KEYS = frozenset(
    {
        "assistant.name",
        "assistant.state_folder",
        "assistant.watch",
        "inputs.providers.file.options.path",
        "outputs.providers.wav.options.path",
    }
)
"""keys that decide where things lie, and not how fast they are"""
_DIGITS = 12
_BESIDE = {
    "asr": ("assistant.language",),
    "tts": ("assistant.language",),
    "resampling": ("asr.resample_quality",),
    "intent_recognition": ("assistant.language", "intents"),
    "intents": ("assistant.language", "intent_recognition"),
    "language": ("assistant.language",),
}
"""keys and sections that matter to a component beside its own"""


def settings_of(config: Config) -> dict[str, str]:
    """Return a digest of every value, by dotted key: passwords cannot be read from it."""
    found: dict[str, str] = {}
    for section in fields(config):
        if section.name not in _NO_SECTIONS:
            for key, value in _values(section.name, getattr(config, section.name)):
                if key not in _NO_KEYS:
                    found[key] = digest(value)[:_DIGITS]
    return found


def differences(
    ours: Mapping[str, str], theirs: Mapping[str, str], component: str
) -> tuple[str, ...]:
    """Return the keys whose values differ and that matter to a component, sorted.

    To the pipeline all of them do.
    """
    keys = sorted(
        key for key in ours.keys() | theirs.keys() if ours.get(key, "") != theirs.get(key, "")
    )
    if component == "pipeline":
        return tuple(keys)
    roots = (component, *_BESIDE.get(component, ()))
    return tuple(key for key in keys if any(_is_below(key, root) for root in roots))


def _is_below(key: str, root: str) -> bool:
    return key == root or key.startswith(f"{root}.")


def _values(path: str, value: Any) -> Iterator[tuple[str, object]]:
    """Yield the leaves below a value; tables of providers are looked into."""
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from _values(f"{path}.{one.name}", getattr(value, one.name))
    elif path.endswith(".providers"):
        for name, table in value.items():
            yield from _values(f"{path}.{name}", table)
    else:
        yield path, value
