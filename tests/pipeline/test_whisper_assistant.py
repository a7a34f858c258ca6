"""The assistant with Whisper: it answers, in German too; two at once do not mix; it is replaced."""

import asyncio
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile

from irene import Assistant
from irene.plugin.registry import ComponentRegistry
from irene.testing import noise

for package in ("pocketsphinx", "pymicro_wakeword", "hassil"):
    pytest.importorskip(package, reason=f"{package} is not installed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("whisper") is None, reason="openai-whisper is not installed"),
]

RATE = 16000
TESTS = Path(__file__).parents[1]
CLIPS = TESTS / "data" / "whisper"


@pytest.fixture
def scene(tmp_path):
    """Write "hey jarvis", a recording and the room around them as a file; return its path."""
    wake, _ = soundfile.read(
        TESTS / "data/wake/wyoming-openwakeword__hey_jarvis.wav", dtype="int16"
    )

    def written(sentence):
        parts = [noise(1.5, -65), wake[8000:18400], noise(0.4, -65), sentence, noise(2.0, -65)]
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.wav"
        soundfile.write(path, np.concatenate(parts).astype(np.int16), RATE)
        return path

    return written


def clip(name):
    return soundfile.read(CLIPS / f"{name}.flac", dtype="int16")[0]


async def events_of(path, model, *overrides):
    settings = [
        f"inputs.providers.file.path={path}",
        "asr.default_provider=whisper",
        f"asr.providers.whisper.model={model}",
        "asr.providers.whisper.threads=1",
        "tts.enabled=false",
        *overrides,
    ]
    registry = ComponentRegistry.installed()
    async with Assistant.from_config("demo", overrides=settings, registry=registry) as assistant:
        return [event.to_dict() async for event in assistant.run()]


def transcripts(events):
    return [(e["provider"], e["text"]) for e in events if e["event"] == "transcript"]


def intents(events):
    return [e["intent"] for e in events if e["event"] == "intent_recognized"]


def test_a_question_is_answered(micro_whisper, scene):
    """Swapping the recogniser takes one word and a model; capitals and punctuation do no harm."""
    events = asyncio.run(events_of(scene(clip("en-08")), micro_whisper))
    assert transcripts(events) == [("whisper", "What time is it?")]
    assert intents(events) == ["HassGetCurrentTime"]


def test_a_german_question_is_answered(micro_whisper, scene):
    """The language of the assistant is that of the recogniser; the same model serves both."""
    events = asyncio.run(events_of(scene(clip("de-10")), micro_whisper, "assistant.language=de"))
    assert transcripts(events) == [("whisper", "Wie spät ist es?")]
    assert intents(events) == ["HassGetCurrentTime"]


def test_two_assistants_at_once_do_not_mix(micro_whisper, scene):
    """Two rooms, two commands, each with its own text."""
    first, second = scene(clip("en-08")), scene(clip("en-04"))

    async def both():
        return await asyncio.gather(
            events_of(first, micro_whisper), events_of(second, micro_whisper)
        )

    one, other = asyncio.run(both())
    assert transcripts(one) == [("whisper", "What time is it?")]
    assert transcripts(other) == [("whisper", "Turn off the light.")]


def test_a_broken_model_is_replaced_and_nothing_is_lost(scene, tmp_path):
    """PocketSphinx hears the question from its beginning, and one line tells what is wrong."""
    model = tmp_path / "broken.pt"
    model.write_bytes(b"PK\x03\x04 cut off")
    spoken, _ = soundfile.read(TESTS / "data/commands/rhasspy3__what_time_is_it.wav", dtype="int16")
    path = scene(spoken[11500:25600])
    events = asyncio.run(events_of(path, model, 'asr.fallback_providers=["pocketsphinx"]'))
    failed = next(event for event in events if event["event"] == "provider_failed")
    assert failed["provider"] == "whisper"
    assert f"{model} is damaged" in failed["reason"]
    assert "\n" not in failed["reason"]
    assert transcripts(events) == [("pocketsphinx", "what time is it")]


def test_a_recogniser_that_is_too_slow_is_replaced(micro_whisper, scene):
    """Its deadline has passed before it could have an answer; the utterance is heard elsewhere."""
    spoken, _ = soundfile.read(TESTS / "data/commands/rhasspy3__what_time_is_it.wav", dtype="int16")
    events = asyncio.run(
        events_of(
            scene(spoken[11500:25600]),
            micro_whisper,
            'asr.fallback_providers=["pocketsphinx"]',
            "asr.providers.whisper.deadline_ms=1",
            "asr.providers.whisper.in_pauses=false",
            "asr.providers.whisper.partial_every_s=0",
        )
    )
    assert transcripts(events) == [("pocketsphinx", "what time is it")]
