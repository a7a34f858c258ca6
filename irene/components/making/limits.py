"""How long a call of each kind of provider may take, as the configuration says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from irene.components.calls.watch import hung_s
from irene.components.chain.sharing import Sharing, sharing_of
from irene.components.isolation.settings import longest_call_s
from irene.config.sections import Config, ProviderTable
from irene.domain.kinds import Kind

_LISTENING = (
    *(Kind.VOICE_TRIGGER, Kind.VAD, Kind.RESAMPLING, Kind.LANGUAGE),
    Kind.ECHO_CANCELLATION,
)
"""kinds whose calls have no other limit while somebody speaks than that they may not hang"""
_SPEAKING = (Kind.TTS, Kind.OUTPUT)
"""kinds that have to get on while somebody waits for an answer"""
_STAND_IN_SHARE = 2 / 3
"""share of the time in which an answer must get on after which another provider is asked"""
_INTENT_KEY = "assistant.intent_timeout_ms"
_RESPONSE_KEY = "2/3 of assistant.response_timeout_ms"


def slot_sharing(kind: Kind, config: Config) -> Sharing:
    """Return how the providers of a slot share the work, and how long their calls may take."""
    section = getattr(config, str(kind))
    return replace(sharing_of(section, section.providers), **_limits(kind, config))


def worker_call_s(kind: Kind, table: ProviderTable, config: Config) -> float | None:
    """Return after how long a provider's process is ended, seconds; None when it has none."""
    if table.isolation != "process":
        return None
    sharing = slot_sharing(kind, config)
    deadline_s = sharing.deadline_s(table.name)
    if deadline_s is None and sharing.hung_s is not None and kind in _LISTENING:
        return sharing.hung_s
    return longest_call_s(None if deadline_s is None else 1000 * deadline_s)


def _limits(kind: Kind, config: Config) -> dict[str, Any]:
    """Return how long calls of a kind may take that have no deadline, as `Sharing` has it."""
    limit_s, assistant = hung_s(config), config.assistant
    limits: dict[str, Any] = {"load_s": assistant.load_timeout_ms / 1000}
    if kind is Kind.INTENTS:
        limits |= {"hung_s": assistant.intent_timeout_ms / 1000, "hung_by": _INTENT_KEY}
    elif kind in _SPEAKING and limit_s is not None:
        longest_s = _STAND_IN_SHARE * assistant.response_timeout_ms / 1000
        limits |= {"hung_s": min(limit_s, longest_s), "longest_s": longest_s}
        if longest_s < limit_s:
            limits["hung_by"] = _RESPONSE_KEY
    elif kind in _LISTENING:
        limits["hung_s"] = limit_s
    return limits
