"""What a block of sentences asks of the conversation, and what the values of lists bring to it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from irene import Context


class BlockContext:
    """`requires_context` and `excludes_context` of a block, seen from one state of a conversation.

    Values of lists may bring context of their own (an entity its domain), so a key that the
    conversation lacks may still come from what is said.
    """

    def __init__(
        self, requires: Mapping[str, Any], excludes: Mapping[str, Any], context: Context
    ) -> None:
        self._requires = requires
        self._excludes = excludes
        given = {key for key in requires if _fits(requires[key], context.get(key))}
        self.wanted = frozenset(requires) - given
        """required keys that only values of lists can bring"""
        self.is_possible = not (self.wanted & context.keys()) and not any(
            key in context and _fits(excludes[key], context[key]) for key in excludes
        )
        """whether the conversation contradicts nothing"""

    def allows(self, brought: Mapping[str, Any] | None) -> bool:
        """Whether a value with this context may be said in the block."""
        context = brought or {}
        return all(
            _is_none(self._requires[key]) or _fits(self._requires[key], context[key])
            for key in self._requires
            if key in context
        ) and not any(
            key in context and _fits(self._excludes[key], context[key]) for key in self._excludes
        )

    def supplied_by(self, brought: Mapping[str, Any] | None) -> frozenset[str]:
        """Return the wanted keys that a value with this context brings."""
        context = brought or {}
        return frozenset(key for key in self.wanted if _fits(self._requires[key], context.get(key)))

    def filter_for(self, contexts: Collection[Mapping[str, Any] | None]) -> str:
        """Return what matters of this block to values with these contexts, as a key."""
        keys = {key for context in contexts for key in context or ()}
        parts = (
            {k: part[k] for k in part.keys() & keys} for part in (self._requires, self._excludes)
        )
        wanted = sorted(self.wanted & keys)
        return json.dumps([*parts, wanted], sort_keys=True, default=str) if keys else ""


def _plain(value: Any) -> Any:
    return value.get("value") if isinstance(value, Mapping) else value


def _is_none(wanted: Any) -> bool:
    return _plain(wanted) is None


def _fits(wanted: Any, actual: Any) -> bool:
    """Whether a value is what a block names; a block that names nothing takes any."""
    wanted, actual = _plain(wanted), _plain(actual)
    if wanted is None or actual is None:
        return wanted is None and actual is not None
    if isinstance(wanted, Collection) and not isinstance(wanted, str):
        return actual in wanted
    return bool(actual == wanted)
