"""Reading TOML, whose parser is loaded only when there is something to read."""

from __future__ import annotations

import sys
from typing import Any


def parsed_toml(text: str) -> dict[str, Any]:
    """Return the table that a text in TOML describes.

    Raises:
        ValueError: it is no TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)
