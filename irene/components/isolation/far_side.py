"""How providers are asked inside of a worker, where that is not as it is outside."""

from __future__ import annotations

from typing import Any

from irene.components.isolation.far_handling import FarHandler, FarRecognizer
from irene.components.isolation.far_sound import FarInput, FarOutput
from irene.components.isolation.shared_state import SharedState
from irene.providers.input import Input
from irene.providers.intent_recognition import IntentRecognizer
from irene.providers.intents import IntentHandler
from irene.providers.output import Output
from irene.providers.provider import Provider


def far_side(provider: Provider[Any], shared: SharedState) -> Any:
    """Return what the lanes of a worker ask: the provider itself, or what knows how to ask it."""
    if isinstance(provider, IntentHandler):
        return FarHandler(provider, shared)
    if isinstance(provider, IntentRecognizer):
        return FarRecognizer(provider)
    if isinstance(provider, Output):
        return FarOutput(provider, shared)
    if isinstance(provider, Input):
        return FarInput(provider, shared)
    return provider
