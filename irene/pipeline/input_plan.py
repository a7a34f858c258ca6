"""How each component of an assistant gets its audio from an input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from irene.audio.plan import AudioPlan, Consumer, draft_plan
from irene.components.chain.candidate import Candidate
from irene.components.slot import AudioSlot
from irene.components.voice_trigger.stop_words import StopWordComponent
from irene.domain.audio import AudioFormat
from irene.pipeline.parts import Parts
from irene.pipeline.plan_problems import require_followed
from irene.providers.input import Input


def input_plan(parts: Parts, source: AudioFormat) -> AudioPlan:
    """Decide how each component gets its audio from an input of this format.

    Raises:
        ConfigurationError: strict validation forbids that; every conflict is listed, with its
            place in the configuration.
    """
    consumers = [asking.consumer() for asking in _asking(parts)]
    plan = _draft(parts, source, parts.inputs.current, consumers)
    require_followed(plan, parts.config)
    return plan


def expected_plan(parts: Parts, source: AudioFormat) -> AudioPlan:
    """Return what `input_plan` would, with its conflicts, without loading an engine."""
    consumers = [asking.expected_consumer() for asking in _asking(parts)]
    known = [consumer for consumer in consumers if consumer is not None]
    return _draft(parts, source, parts.inputs.expected, known)


def _source_table(source: Candidate[Input[Any]]) -> str:
    """Return the TOML table in which an input's rate can be chosen; empty where it cannot."""
    if not source.provider.live or not hasattr(source.provider.options, "rate"):
        return ""
    is_microphone = source.name == "microphone"
    return "inputs.microphone_config" if is_microphone else f"inputs.providers.{source.name}"


def _draft(
    parts: Parts,
    source: AudioFormat,
    taken: Candidate[Input[Any]] | None,
    consumers: list[Consumer],
) -> AudioPlan:
    table = "" if taken is None else _source_table(taken)
    plan = draft_plan(source, consumers, table)
    live = taken is not None and taken.provider.live
    echo = parts.own_voice.conflict(source.sample_rate, table, live)
    return plan if echo is None else replace(plan, conflicts=(*plan.conflicts, echo))


def _asking(parts: Parts) -> list[AudioSlot[Any, Any] | StopWordComponent]:
    """Return everything that wants the audio of the input, in the order in which it flows."""
    trigger = [] if parts.trigger is None else [parts.trigger.slot]
    stop_words = [] if parts.stop_words is None else [parts.stop_words]
    language = [] if parts.language is None else [parts.language.slot]
    return [*trigger, *stop_words, parts.vad, parts.asr.slot, *language]
