"""An assistant whose memory is scarce: it says so, and keeps nothing that it can do without."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import numpy as np
import pytest

from irene.cache.bounded import BoundedCache
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


def test_every_cache_gives_way():
    """Phrases, converted clips, transcripts, grammars, what providers keep, and idle models."""
    registry = registry_of(
        LinearResampler, Quiet, ScriptedVad, ScriptedAsr, ScriptedTts, ScriptedOutput
    )
    config = {**CONFIG, "asr": {"default_provider": "scripted", "cache_size": 9}}
    parts = Assistant(load_config(config, registry=registry), registry, VirtualClock())._parts
    kept = BoundedCache(1000)
    ScriptedTts.caches = (kept,)
    try:
        holders = parts.caches()
    finally:
        del ScriptedTts.caches
    expected = [parts.mouth.voice.cache, parts.asr.transcripts.kept, kept, parts.models]
    expected += parts.resampling.caches
    assert all(any(holder is one for holder in holders) for one in expected)


_RSS = """
import asyncio, json, sys
sys.path[:0] = sys.argv[1:]
import numpy as np, psutil
from test_memory_pressure import CONFIG, Quiet
from irene.config.loading import load_config
from irene.pipeline.assistant import Assistant
from irene.testing import *
from irene_plugins.resampling.linear import LinearResampler

def rss_mb():
    return psutil.Process().memory_info().rss / 1e6

rng = np.random.default_rng(0)

def fill(parts):
    for key in range(300):
        clip = rng.integers(-9, 9, 50_000, np.int16)
        parts.mouth.voice.cache.put(key, clip)
        parts.resampling._cache.kept.put(key, clip.tobytes())
        parts.asr.transcripts.kept.put(key, [str(n) * 20 for n in range(300)])

registry = registry_of(
    LinearResampler, Quiet, ScriptedVad, ScriptedAsr, ScriptedTts, ScriptedOutput
)

def config(limit_mb):
    return load_config({
        **CONFIG,
        "assistant": {"memory_limit_mb": limit_mb},
        "asr": {"default_provider": "scripted", "cache_size": 500},
        "resampling": {"default_provider": "linear", "cache_size": 500},
        "tts": {**CONFIG["tts"], "cache_max_mb": 40.0},
    }, registry=registry)

async def run(assistant):
    events = [e async for e in assistant.run(realtime=True) if e.event == "memory_pressure"]
    return [event.share for event in events]

async def main():
    assistant = Assistant(config(100000.0), registry, VirtualClock())
    async with assistant:
        parts = assistant._parts
        bare = rss_mb()
        fill(parts)
        full = rss_mb()
        limit = full * 1e6 / 1.3
        assistant._memory.renew(lambda: process_usage(int(limit)), parts.caches())
        down = await run(assistant)
        empty = rss_mb()
        limit = full * 1e6 * 4
        up = await run(assistant)
        fill(parts)
        again = rss_mb()
    print(json.dumps([bare, full, empty, again, down, up]))

from irene.memory.usage import process_usage
asyncio.run(main())
"""


def test_the_memory_of_a_real_assistant_shrinks_and_grows_back(request):
    """Resident memory, with full caches: it is given back to the system, and taken again."""
    done = subprocess.run(
        [sys.executable, "-c", _RSS, str(request.path.parent)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    bare, full, empty, again, down, up = json.loads(done.stdout.splitlines()[-1])
    held = full - bare
    assert held > 50
    assert down[:3] == [0.5, 0.25, 0.0]
    assert empty < full - 0.6 * held
    assert up[-1] == 1.0
    assert again > full - 0.3 * held
