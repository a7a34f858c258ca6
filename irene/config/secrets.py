"""What of a configuration nobody should see."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from irene.config.origins import KeyPath, Origin, dotted

_MASK = "***"
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
        return _MASK
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: masked(item, (*path, str(key)), origins) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(item, path, origins) for item in value]
    return _URL.sub(_masked_address, value) if isinstance(value, str) else value


def _masked_address(found: re.Match[str]) -> str:
    address = _USER.sub(_MASK, found[0])
    return _QUERY.sub(lambda part: (part[1] or "") + _MASK, address)
