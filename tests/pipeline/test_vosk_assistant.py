"""The assistant with Vosk: it answers, two at once do not mix, and a broken model is replaced."""

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from irene import Assistant, SpeechRequest
from irene.plugin.registry import ComponentRegistry
from irene.testing import noise
from irene_plugins.tts.espeak import EspeakVoice

for package in ("vosk", "pocketsphinx", "pymicro_wakeword", "espeakng_loader", "hassil"):
    pytest.importorskip(package, reason=f"{package} is not installed")

RATE = 16000
REGISTRY = ComponentRegistry.installed()
TESTS = Path(__file__).parents[1]
MODEL = TESTS / "models" / "vosk" / "irene-commands-en"
VOSK = ("asr.default_provider=vosk", f"asr.providers.vosk.model={MODEL}", "tts.enabled=false")
TIME = "what time is it"


@pytest.fixture(scope="module")
def say():
    """Return a sentence in the assistant's own voice, which the model was not trained on."""
    engine = EspeakVoice()
    engine.load()

    def spoken(text):
        blocks = list(engine.synthesize(SpeechRequest(text)))
        return soxr.resample(np.concatenate(blocks), engine.sample_rate, RATE)

    yield spoken
    engine.close()


@pytest.fixture
def scene(tmp_path):
    """Write "hey jarvis", a sentence and the room around them as a file; return its path."""
    wake, _ = soundfile.read(
        TESTS / "data/wake/wyoming-openwakeword__hey_jarvis.wav", dtype="int16"
    )

    def written(name, sentence):
        parts = [noise(1.5, -65), wake[8000:18400], noise(0.4, -65), sentence, noise(2.0, -65)]
        soundfile.write(tmp_path / name, np.concatenate(parts).astype(np.int16), RATE)
        return tmp_path / name

    return written


async def events_of(path, *overrides, profile="demo"):
    settings = [f"inputs.providers.file.path={path}", *VOSK, *overrides]
    if profile != "demo":
        settings.append("inputs.default_provider=file")
    made = Assistant.from_config(profile, overrides=settings, registry=REGISTRY)
    async with made as assistant:
        return [event.to_dict() async for event in assistant.run()]


def transcripts(events):
    return [(e["provider"], e["text"]) for e in events if e["event"] == "transcript"]


def intents(events):
    return [e["intent"] for e in events if e["event"] == "intent_recognized"]


def test_a_question_is_answered(say, scene):
    """Swapping the recogniser takes one word and a model."""
    events = asyncio.run(events_of(scene("question.wav", say(TIME))))
    assert transcripts(events) == [("vosk", TIME)]
    assert intents(events) == ["HassGetCurrentTime"]


def test_the_default_assistant_is_guided_by_all_of_its_sentences(say, scene):
    """Tens of thousands of pairs of words become one list; a timer is set by voice."""
    path = scene("timer.wav", say("set a timer for five minutes"))
    events = asyncio.run(events_of(path, "outputs.default_provider=none", profile="default"))
    assert transcripts(events) == [("vosk", "set a timer for five minutes")]
    assert intents(events) == ["HassStartTimer"]
    assert not any("is not guided" in str(event) for event in events)


def test_two_assistants_at_once_do_not_mix(say, scene):
    """Two rooms, two questions, each with its own answer."""
    first = scene("time.wav", say(TIME))
    second = scene("date.wav", say("what's the date today"))

    async def both():
        return await asyncio.gather(events_of(first), events_of(second))

    one, other = asyncio.run(both())
    assert transcripts(one) == [("vosk", TIME)]
    assert transcripts(other) == [("vosk", "what's the date today")]


@pytest.mark.parametrize("broken", ["am/final.mdl", "graph/Gr.fst"])
def test_a_broken_model_is_replaced_and_nothing_is_lost(scene, tmp_path, broken):
    """PocketSphinx hears the question from its beginning, and one line tells what is wrong."""
    folder = Path(shutil.copytree(MODEL, tmp_path / "broken"))
    (folder / broken).write_bytes((MODEL / broken).read_bytes()[:2000])
    spoken, _ = soundfile.read(TESTS / "data/commands/rhasspy3__what_time_is_it.wav", dtype="int16")
    events = asyncio.run(
        events_of(
            scene("question.wav", spoken[11500:25600]),
            f"asr.providers.vosk.model={folder}",
            'asr.fallback_providers=["pocketsphinx"]',
        )
    )
    failed = next(event for event in events if event["event"] == "provider_failed")
    assert failed["provider"] == "vosk"
    assert f"{folder} is damaged or incomplete" in failed["reason"]
    assert "\n" not in failed["reason"]
    assert transcripts(events) == [("pocketsphinx", TIME)]
