"""How providers are asked inside of a worker, where that is not as it is outside."""

from __future__ import annotations

from typing import Any

from irene.components.isolation.shared_state import SharedState
from irene.components.isolation.worker_side_handling import WorkerSideHandler, WorkerSideRecognizer
from irene.components.isolation.worker_side_sound import WorkerSideInput, WorkerSideOutput
from irene.providers.input import Input
from irene.providers.intent_recognition import IntentRecognizer
from irene.providers.intents import IntentHandler
from irene.providers.output import Output
from irene.providers.provider import Provider


def worker_side(provider: Provider[Any], shared: SharedState) -> Any:
    """Return what the lanes of a worker ask: the provider itself, or what knows how to ask it."""
    if isinstance(provider, IntentHandler):
        return WorkerSideHandler(provider, shared)
    if isinstance(provider, IntentRecognizer):
        return WorkerSideRecognizer(provider)
    if isinstance(provider, Output):
        return WorkerSideOutput(provider, shared)
    if isinstance(provider, Input):
        return WorkerSideInput(provider, shared)
    return provider
