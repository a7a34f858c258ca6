"""Where a value of the configuration comes from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

KeyPath = tuple[str, ...]
"""A dotted key, part by part."""

Layer = Literal["default", "file", "environment", "--set"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Origin:
    """The layer, and the place in it, that gave a value."""

    layer: Layer = "default"
    """later layers win: default, file, environment, --set"""
    place: str = ""
    """file or name of the environment variable"""
    line: int | None = None
    """line of the file, from 1"""
    key: str = ""
    """dotted key as it was written"""
    secret: bool = False
    """whether a file (`${file:token}`) or a secret variable (`${API_TOKEN}`) went into the value,
    or any variable into one of a secret name"""
    written: Any = field(default=None, compare=False)
    """the value as it was written, where references (`${HOME}`) went into it; else None"""

    def __str__(self) -> str:
        if self.layer in ("default", "--set"):
            return self.layer
        place = self.place if self.line is None else f"{self.place}:{self.line}"
        return f"{self.layer} {place}"

    @property
    def file(self) -> str:
        """What a problem with the value names as its file."""
        return self.place or self.layer


def dotted(path: KeyPath) -> str:
    """Return the key as TOML writes it, parts quoted where they must be."""
    return ".".join(part if _BARE.fullmatch(part) else quoted(part) for part in path)


def quoted(text: str) -> str:
    """Return a text as TOML's basic string."""
    # JSON escapes all that TOML wants escaped, but DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
