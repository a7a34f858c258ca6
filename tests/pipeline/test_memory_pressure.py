"""An assistant whose memory is scarce: it says so, and keeps nothing that it can do without."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from irene.config.loading import load_config
from irene.pipeline.assistant import Assistant
from irene.testing import (
    ScriptedAsr,
    ScriptedInput,
    ScriptedOutput,
    ScriptedTts,
    ScriptedVad,
    VirtualClock,
    registry_of,
    silence,
)
from irene_plugins.resampling.linear import LinearResampler

CONFIG = {
    "resampling": {"default_provider": "linear"},
    "voice_trigger": {"enabled": False},
    "intent_recognition": {"enabled": False},
    "intents": {"handlers": []},
    "vad": {"default_provider": "scripted", "fallback_providers": []},
    "asr": {"default_provider": "scripted"},
    "tts": {"default_provider": "scripted", "fallback_providers": []},
    "inputs": {"default_provider": "scripted"},
    "outputs": {"default_provider": "scripted", "fallback_providers": []},
}


class Quiet(ScriptedInput):
    """Eighteen seconds of nothing."""

    audio = silence(18.0)


def run(limit_mb):
    """Let an assistant listen in virtual time; return it and what happened."""
    registry = registry_of(
        LinearResampler, Quiet, ScriptedVad, ScriptedAsr, ScriptedTts, ScriptedOutput
    )
    config = {**CONFIG, "assistant": {"memory_limit_mb": limit_mb}}

    async def listen():
        clock = VirtualClock()
        assistant = Assistant(load_config(config, registry=registry), registry, clock)
        async with assistant:
            cache = assistant._parts.mouth.voice.cache
            cache.put("phrase", np.zeros(10), 80)
            events = [event async for event in assistant.run(realtime=True)]
            return events, cache.stats().entries

    return asyncio.run(listen())


def test_it_shrinks_its_caches_and_says_so():
    """One step every five seconds of its clock; what was in the phrase cache has gone."""
    events, entries = run(limit_mb=1.0)
    told = [event for event in events if event.event == "memory_pressure"]
    assert [event.share for event in told] == [0.5, 0.25, 0.0]
    assert told[0].limit_mb == 1.0
    assert told[0].used_mb > 1.0
    assert told[0].session is None
    assert told[0].time_s == pytest.approx(5.0, abs=0.5)
    assert entries == 0


@pytest.mark.parametrize("limit_mb", [0.0, 1_000_000.0])
def test_with_enough_memory_nothing_happens(limit_mb):
    """Or without a limit."""
    events, entries = run(limit_mb)
    assert "memory_pressure" not in [event.event for event in events]
    assert entries == 1
