"""What programs print: text as it is, or a JSON object with more to say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from irene import ProviderFailedError

_SHOWN = 60


def printed(data: bytes, program: str) -> Mapping[str, Any]:
    """Return what was printed as an object; a text that is none is its `text`.

    Raises:
        ProviderFailedError: it begins like an object and is none, or is no text.
    """
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise ProviderFailedError(f"{program} printed what is no UTF-8 text") from None
    if not text.startswith("{"):
        return {"text": " ".join(text.split())}
    try:
        found: Mapping[str, Any] = json.loads(text)
    except json.JSONDecodeError as error:
        raise ProviderFailedError(
            f"{program} printed damaged JSON ({error.msg}): {text[:_SHOWN]!r}"
        ) from None
    return found


def typed(
    found: Mapping[str, Any], kinds: Mapping[str, type | tuple[type, ...]], program: str
) -> dict[str, Any]:
    """Return the known values of an object that are given, and not null.

    Raises:
        ProviderFailedError: one is of the wrong type, or none of the keys is known.
    """
    if found and not found.keys() & kinds:
        raise ProviderFailedError(
            f"{program} printed an object of {', '.join(found)}; use {', '.join(kinds)}"
        )
    given = {key: found[key] for key in kinds if found.get(key) is not None}
    for key, value in given.items():
        wanted = kinds[key]
        is_number = isinstance(value, bool) and wanted is not bool
        if is_number or not isinstance(value, wanted):
            raise ProviderFailedError(f"{program} printed {key} = {value!r}, of the wrong type")
    return given
