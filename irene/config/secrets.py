"""What of a configuration nobody should see."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irene.config.origins import KeyPath, Origin, dotted

if TYPE_CHECKING:
    from irene.config.sections import Config

MASK = "***"
"""stands for what nobody should see"""
_OPTIONS = "options"
"""field of a provider's table that holds its own keys, which stand beside the others in a file"""
_SHORTEST = 4
"""characters of a text that may be a secret"""
_SECRET = re.compile(
    r"(?:^|[_-])(?:token|password|secret|api[_-]?key|authorization)$", re.IGNORECASE
)

_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_USER = re.compile(r"(?<=://)[^/?#@\s]+(?=@)")
_QUERY = re.compile(r"(?<=[?&])(?:([^=&#\s]+=)[^&#\s]*|[^=&#\s]+)")


def is_secret(name: str) -> bool:
    """Say whether a key or variable of this name holds something that nobody should see."""
    return _SECRET.search(name) is not None


def masked(value: Any, path: KeyPath, origins: Mapping[str, Origin]) -> Any:
    """Return a value as it may be shown: at any depth, asterisks stand for what is secret.

    Secret is what a key of a secret name holds, what a secret variable went into, and who is named
    before a server in an address, or what an address asks for behind a question mark.

    Args:
        value: as TOML types it, or an option that is a dataclass.
        path: key of the value.
        origins: where values come from, by dotted key.
    """
    if value and (is_secret(path[-1]) or origins.get(dotted(path), Origin()).secret):
        return MASK
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: masked(item, (*path, str(key)), origins) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(item, path, origins) for item in value]
    return masked_text(value) if isinstance(value, str) else value


def masked_text(text: str) -> str:
    """Return a text with asterisks for who is named, and what is asked for, in its addresses."""
    return _URL.sub(_masked_address, text) if "://" in text else text


def secret_texts(config: Config) -> set[str]:
    """Return the secrets that a configuration holds, and those in files that it names.

    Texts of less than four characters are no secrets, and would be found everywhere.
    """
    found: set[str] = set()
    for section in dataclasses.fields(config):
        _collect((section.name,), getattr(config, section.name), config.origins, found)
    return {text for text in found if len(text) >= _SHORTEST}


def _collect(path: KeyPath, value: Any, origins: Mapping[str, Origin], found: set[str]) -> None:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        for key, item in value.items():
            is_inner = key == _OPTIONS and dataclasses.is_dataclass(item)
            _collect(path if is_inner else (*path, str(key)), item, origins, found)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _collect(path, item, origins, found)
    elif isinstance(value, str) and value:
        _collect_text(path, value, origins, found)


def _collect_text(path: KeyPath, text: str, origins: Mapping[str, Origin], found: set[str]) -> None:
    name = path[-1]
    if is_secret(name) or origins.get(dotted(path), Origin()).secret:
        found.add(text)
    elif name.endswith("_file") and is_secret(name.removesuffix("_file")):
        with suppress(OSError, UnicodeDecodeError):
            found.add(Path(text).read_text(encoding="utf-8").strip())


def _masked_address(found: re.Match[str]) -> str:
    address = _USER.sub(MASK, found[0])
    return _QUERY.sub(lambda part: (part[1] or "") + MASK, address)
