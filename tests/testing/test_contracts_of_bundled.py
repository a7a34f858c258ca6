"""Every bundled provider keeps the contract of its kind: the checks that authors run, too."""

import sys
import wave
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from irene import Kind
from irene.plugin.registry import ComponentRegistry
from irene.testing import CONTRACT_SUITES, contract_of, run_suite, speech

TESTS = Path(__file__).parents[1]
RECORDING = str(TESTS / "data" / "commands" / "rhasspy3__what_time_is_it.wav")


def recorded(name):
    """Return a recording of a wake word, int16 mono at 16 kHz, with half a second after it."""
    with wave.open(str(TESTS / "data" / "wake" / name)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return np.concatenate([samples, np.zeros(8000, np.int16)])


def from_standard_input(self, provider):
    """Open the input `stdin` on a recording: a contract reads an input several times."""
    sys.stdin = Path(RECORDING).open()  # noqa: SIM115 - the next one replaces it
    return provider.open_stream()


JARVIS = {"hey_jarvis": recorded("wyoming-openwakeword__hey_jarvis.wav")}
SETTINGS = {
    "voice_trigger.energy": {"wakes": {"sound": speech()}},
    "voice_trigger.microwakeword": {"wakes": JARVIS},
    "voice_trigger.openwakeword": {"wakes": JARVIS},
    "voice_trigger.pocketsphinx": {"wakes": JARVIS, "wake_words": ("hey_jarvis",)},
    "asr.pocketsphinx": {"recordings": ((RECORDING, "what time is it"),)},
    "asr.vosk": {"options": {"model": str(TESTS / "models" / "vosk" / "irene-commands-en")}},
    "asr.whisper": {"options": {"model": str(TESTS / "models/whisper/irene-commands/model.pt")}},
    "language.whisper": {
        "options": {"model": str(TESTS / "models/whisper/irene-commands/model.pt")}
    },
    "tts.piper": {"options": {"model": str(TESTS / "data" / "piper" / "tones.onnx")}},
    "inputs.file": {
        "options": {"path": RECORDING},
        "options_of_none": {"path": "/nowhere/command.wav"},
    },
    "inputs.stdin": {"options": {}, "open_stream": from_standard_input},
    "intents.webhook": {"options": {"url": "http://127.0.0.1:9/", "intents": ("Ask",)}},
}
"""what a contract has to know of a provider, beside its class"""
SLOW = {
    *("voice_trigger.openwakeword", "voice_trigger.pocketsphinx", "echo_cancellation.webrtc"),
    *("asr.pocketsphinx", "asr.vosk", "asr.whisper", "asr.faster-whisper"),
    *("language.whisper", "language.faster-whisper", "tts.piper"),
    *("intent_recognition.hassil", "intent_recognition.fuzzy", "echo_cancellation.kalman"),
    *("intents.alarms", "intents.reminders", "intents.timers", "intents.lists"),
    *("inputs.microphone", "outputs.speaker"),
}
"""whose engine takes more than a moment for each use"""


REGISTRY = ComponentRegistry.installed()
BUNDLED = {
    f"{kind}.{name}": entry.cls
    for kind in Kind
    for name, entry in REGISTRY.entries(kind).items()
    if entry.plugin.distribution == "irene-voice"
}
NAMES = [pytest.param(key, marks=[pytest.mark.slow] if key in SLOW else []) for key in BUNDLED]


@pytest.fixture
def settings(request, tmp_path, monkeypatch):
    """Return what a contract has to know of a provider, by its kind and name."""
    monkeypatch.setattr("sys.stdin", sys.stdin)

    def of(key):
        if key == "outputs.wav":
            return {"options": {"path": str(tmp_path / "answers.wav")}}
        if key.endswith("faster-whisper"):
            return {"options": {"model": str(request.getfixturevalue("micro_faster_whisper"))}}
        return SETTINGS.get(key, {})

    return of


@pytest.mark.parametrize("key", NAMES)
def test_a_bundled_provider_keeps_its_contract(key, settings):
    """Every check that an author's provider has to pass; without engine or device a few of them."""
    results = list(run_suite(contract_of(BUNDLED[key], **settings(key)), 60.0))
    assert [result for result in results if result.outcome == "failed"] == []
    reasons = Counter(result.happened for result in results if result.outcome == "skipped")
    reason, n_skipped = max(reasons.items(), key=lambda one: one[1], default=("", 0))
    if n_skipped > len(results) / 3:
        pytest.skip(f"{n_skipped} of {len(results)} checks: {reason}")


def test_there_is_a_bundled_provider_of_every_kind_to_check():
    """So that no suite goes unused."""
    assert {cls.kind for cls in BUNDLED.values()} == set(Kind) == set(CONTRACT_SUITES)
