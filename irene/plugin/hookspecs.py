"""The hooks of a plugin: each returns the provider classes that it offers for one kind."""

# A specification has no body, as only implementations are called.
# mypy: disable-error-code="empty-body"

from __future__ import annotations

from typing import Any

import pluggy

from irene.domain.kinds import Kind
from irene.models.catalogue import CatalogueModel
from irene.providers.asr import Asr
from irene.providers.echo_cancellation import EchoCanceller
from irene.providers.input import Input
from irene.providers.intent_recognition import IntentRecognizer
from irene.providers.intents import IntentHandler
from irene.providers.language import LanguageIdentifier
from irene.providers.output import Output
from irene.providers.provider import Provider
from irene.providers.resampling import Resampler
from irene.providers.tts import Tts
from irene.providers.vad import Vad
from irene.providers.voice_trigger import VoiceTrigger

hookspec = pluggy.HookspecMarker("irene")

PLUGIN_API_VERSION = (1, 1)
"""Version of the contracts: a plugin may require one with `IRENE_PLUGIN_API = (major, minor)`."""


@hookspec
def irene_voice_triggers() -> list[type[VoiceTrigger[Any]]]:
    """Return the wake-word engines of this plugin."""


@hookspec
def irene_echo_cancellers() -> list[type[EchoCanceller[Any]]]:
    """Return the echo cancellers of this plugin."""


@hookspec
def irene_vads() -> list[type[Vad[Any]]]:
    """Return the voice activity detectors of this plugin."""


@hookspec
def irene_asrs() -> list[type[Asr[Any]]]:
    """Return the speech recognisers of this plugin."""


@hookspec
def irene_languages() -> list[type[LanguageIdentifier[Any]]]:
    """Return the spoken language identifiers of this plugin."""


@hookspec
def irene_voices() -> list[type[Tts[Any]]]:
    """Return the voices (text to speech) of this plugin."""


@hookspec
def irene_resamplers() -> list[type[Resampler[Any]]]:
    """Return the sample rate converters of this plugin."""


@hookspec
def irene_intent_recognizers() -> list[type[IntentRecognizer[Any]]]:
    """Return the intent recognisers of this plugin."""


@hookspec
def irene_intent_handlers() -> list[type[IntentHandler[Any]]]:
    """Return the intent handlers of this plugin."""


@hookspec
def irene_inputs() -> list[type[Input[Any]]]:
    """Return the audio inputs of this plugin."""


@hookspec
def irene_outputs() -> list[type[Output[Any]]]:
    """Return the audio outputs of this plugin."""


@hookspec
def irene_models() -> list[CatalogueModel]:
    """Return models that `irene models install` can fetch for the engines of this plugin."""


MODELS_HOOK = "irene_models"
"""the one hook that brings no providers"""

CONTRACTS: dict[str, type[Provider[Any]]] = {
    "irene_voice_triggers": VoiceTrigger,
    "irene_echo_cancellers": EchoCanceller,
    "irene_vads": Vad,
    "irene_asrs": Asr,
    "irene_languages": LanguageIdentifier,
    "irene_voices": Tts,
    "irene_resamplers": Resampler,
    "irene_intent_recognizers": IntentRecognizer,
    "irene_intent_handlers": IntentHandler,
    "irene_inputs": Input,
    "irene_outputs": Output,
}
"""Contract class that everything returned by each hook must be a subclass of."""


def hook_of(kind: Kind) -> str:
    """Return the name of the hook that brings providers of this kind."""
    return next(name for name, contract in CONTRACTS.items() if contract.kind is kind)
