"""The lists of `[intents.lists]`, in the form of a sentence file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from irene.providers.intent_recognition import SentenceSource

ORIGIN = "[intents.lists]"
"""what messages call the configuration's lists"""


def list_sources(
    lists: Mapping[str, Any], sources: Sequence[SentenceSource]
) -> list[SentenceSource]:
    """Return the configured lists as one source for each language that sentences are in."""
    if not lists:
        return []
    tables = {name: _table(values) for name, values in lists.items()}
    languages = dict.fromkeys(source.language for source in sources)
    return [SentenceSource(ORIGIN, language, {"lists": tables}) for language in languages]


def _table(values: Any) -> Any:
    """Return a list in its full form: `["a", "b"]` is short for `{values = ["a", "b"]}`."""
    return {"values": values} if isinstance(values, (list, tuple)) else values
