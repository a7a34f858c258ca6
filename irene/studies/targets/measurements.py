"""Every measurement of targets, from the quick to the slow."""

from __future__ import annotations

from irene.studies.targets.measured import (
    caches,
    comparisons,
    driver,
    languages,
    listening,
    starting,
    streams,
    tuning,
)
from irene.studies.targets.target import Measurement

_CORE = "python -m irene.studies.audio_core --only"
_STARTUP = "python -m irene.studies.startup"

MEASUREMENTS = (
    Measurement(
        "hand-overs", "looks whether both sides share memory", caches.hand_overs, 2, is_quick=True
    ),
    Measurement("blocks", "asks the assistant's own listener", listening.blocks, 2, is_quick=True),
    Measurement("append", f"{_CORE} append", comparisons.append, 3, is_quick=True),
    Measurement("loan", f"{_CORE} loan", comparisons.loan, 3, is_quick=True),
    Measurement("chunk", f"{_CORE} chunk", comparisons.chunk, 6, is_quick=True),
    Measurement("clip", f"{_CORE} clip", comparisons.clip, 3, is_quick=True),
    Measurement(
        "router",
        "python -m irene.studies.overhead.router --only call",
        comparisons.router,
        3,
        is_quick=True,
    ),
    Measurement(
        "measuring",
        "python -m irene.studies.overhead.telemetry --only measure",
        comparisons.measuring,
        4,
        is_quick=True,
    ),
    Measurement(
        "look-up", "digest and look into the encoder cache", caches.lookups, 2, is_quick=True
    ),
    Measurement("arena", "python -m irene.studies.arena", caches.arena, 3, is_quick=True),
    Measurement("pool", "200 clips, cut and converted", caches.pool, 2, is_quick=True),
    Measurement(
        "sharing",
        "the demo's question at 48 kHz, counted conversions",
        tuning.shared_conversions,
        3,
        is_quick=True,
    ),
    Measurement(
        "hand-over",
        "a device on a thread of its own, for three seconds",
        driver.hand_over,
        5,
        is_quick=True,
    ),
    Measurement(
        "processing",
        "the demo's question, 40 ms at a time, and the time of each",
        driver.processing,
        4,
        is_quick=True,
    ),
    Measurement(
        "voice-trigger",
        "the demo's question through `detect`, 50 ms at a time, then 4 at once",
        tuning.voice_trigger,
        5,
        is_quick=True,
    ),
    Measurement("keeping", "python -m irene.studies.overhead.store", comparisons.keeping, 20),
    Measurement(
        "question",
        "python -m irene.studies.overhead.telemetry --only question",
        comparisons.question,
        6,
    ),
    Measurement(
        "recognition",
        "the demo's question through `process_audio`, then 4 at once",
        tuning.recognition,
        15,
    ),
    Measurement("answers", "python -m irene.studies.memory.kept_answers", caches.answers, 8),
    Measurement("starting", _STARTUP, starting.starting, 12),
    Measurement(
        "first-call", "python -m irene.studies.startup.first_calls", starting.first_call, 20
    ),
    Measurement(
        "trigger-call",
        "python -m irene.studies.startup.first_calls --kind voice_trigger",
        starting.warm_trigger,
        5,
    ),
    Measurement("memory", _STARTUP, starting.memory, 25),
    Measurement("answering", _STARTUP, starting.answering, 80),
    Measurement(
        "identification",
        "python -m irene.studies.languages",
        languages.identification,
        90,
    ),
    Measurement(
        "speech",
        "`irene run` with a recording program that delivers speech",
        listening.speech,
        45,
    ),
    Measurement("silence", "python -m irene.studies.listening_cost", listening.silence, 135),
    Measurement("hours", "python -m irene.studies.listening_cost.soak", listening.hours, 45),
    Measurement("streams-micro", "python -m irene.studies.many_streams", streams.micro, 60),
    Measurement("streams-open", "python -m irene.studies.many_streams", streams.openwakeword, 120),
)
"""in the order in which they are made"""
