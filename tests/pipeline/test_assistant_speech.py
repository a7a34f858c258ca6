"""The assistant on recorded speech with the bundled engines: wake word, command, answer."""

import asyncio
from importlib.util import find_spec

import numpy as np
import pytest
import soundfile

from irene import Assistant
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.plugin.registry import ComponentRegistry
from irene.testing import noise

for package in ("pocketsphinx", "pymicro_wakeword", "openwakeword", "espeakng_loader", "hassil"):
    if find_spec(package) is None:  # the package openwakeword imports seconds of what is not used
        pytest.skip(f"{package} is not installed", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("kept_decoders")

RATE = 16000
REGISTRY = ComponentRegistry.installed()


@pytest.fixture(scope="session")
def voice(data_folder):
    """Return the named stretch of a recording, without the silence around it."""

    def cut(name, start_s=0.0, end_s=None):
        samples, rate = soundfile.read(data_folder / name, dtype="int16")
        assert rate == RATE
        return samples[int(start_s * RATE) : None if end_s is None else int(end_s * RATE)]

    return cut


@pytest.fixture(scope="session")
def wake_word(voice):
    """ "hey jarvis", spoken in 0.65 s."""
    return voice("wake/wyoming-openwakeword__hey_jarvis.wav", 0.5, 1.15)


@pytest.fixture(scope="session")
def question(voice):
    """ "what time is it", spoken in 0.9 s."""
    return voice("commands/rhasspy3__what_time_is_it.wav", 0.72, 1.6)


def answer(tmp_path, *parts, overrides=(), rate=RATE):
    """Play a scene to an assistant with the demo profile; return its events as dicts."""
    path = tmp_path / "scene.wav"
    soundfile.write(path, np.concatenate(parts), rate)
    settings = [
        f"inputs.providers.file.path={path}",
        f"outputs.providers.wav.path={tmp_path / 'answer.wav'}",
        *overrides,
    ]

    async def run():
        made = Assistant.from_config("demo", overrides=settings, registry=REGISTRY)
        async with made as assistant:
            return [event.to_dict() async for event in assistant.run()]

    return asyncio.run(run())


def texts(events):
    """Return what was transcribed."""
    return [event["text"] for event in events if event["event"] == "transcript"]


@pytest.mark.parametrize(
    "engine", ["microwakeword", pytest.param("openwakeword", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("gap_s", [0.0, 0.1, 0.3, 2.0])
def test_a_command_after_any_pause_is_transcribed_completely(
    tmp_path, wake_word, question, engine, gap_s
):
    """Spoken straight after the wake word or after a pause: all of the command, nothing else."""
    events = answer(
        tmp_path,
        noise(1.5, -65),
        wake_word,
        noise(gap_s, -65, seed=1),
        question,
        noise(1.5, -65, seed=2),
        overrides=[f"voice_trigger.default_provider={engine}", "tts.enabled=false"],
    )
    assert texts(events) == ["what time is it"]
    assert [e["intent"] for e in events if e["event"] == "intent_recognized"] == [
        "HassGetCurrentTime"
    ]


def test_the_answer_is_really_spoken(tmp_path, wake_word, question):
    """The WAV file holds audible speech of the length that the event tells."""
    events = answer(tmp_path, noise(1, -65), wake_word, noise(0.5, -65), question, noise(1.5, -65))
    spoken = next(event for event in events if event["event"] == "speech_synthesized")
    samples, rate = soundfile.read(tmp_path / "answer.wav")
    assert samples.size / rate == pytest.approx(spoken["seconds"], abs=0.01)
    assert np.abs(samples).max() > 0.05


def test_the_recogniser_is_swapped_by_one_word(tmp_path, wake_word, question):
    """A Vosk that is not ready is named with its reason, and the fall-back recogniser answers."""
    events = answer(
        tmp_path,
        noise(1, -65),
        wake_word,
        noise(0.5, -65),
        question,
        noise(1.5, -65),
        overrides=[
            "asr.default_provider=vosk",
            'asr.fallback_providers=["pocketsphinx"]',
            "asr.providers.vosk.model=no-such-model",
            "tts.enabled=false",
        ],
    )
    failed = next(event for event in events if event["event"] == "provider_failed")
    assert failed["provider"] == "vosk"
    assert "asr provider 'vosk'" in failed["reason"]
    transcript = next(event for event in events if event["event"] == "transcript")
    assert (transcript["provider"], transcript["text"]) == ("pocketsphinx", "what time is it")


@pytest.mark.parametrize("gate_db", [0, 6])
def test_the_energy_gate_loses_no_wake_word(tmp_path, voice, gate_db):
    """With and without the gate, the same words are heard in a noisy room."""
    words = [
        "wake/wyoming-openwakeword__hey_jarvis.wav",
        "wake/wyoming-openwakeword__hey_jarvis.wav",
    ]
    parts = [noise(3, -55)]
    for seed, name in enumerate(words):
        parts += [voice(name, 0.5, 1.15), noise(5, -55, seed=seed + 1)]
    events = answer(
        tmp_path,
        *parts,
        overrides=[f"voice_trigger.gate_db={gate_db}", "assistant.no_speech_timeout_ms=1500"],
    )
    assert [e["event"] for e in events].count("wake_word_detected") == len(words)


def test_several_wake_words_are_heard_at_once(tmp_path, voice, wake_word):
    """Two words in one configuration: each is reported by its name."""
    events = answer(
        tmp_path,
        noise(1.5, -65),
        wake_word,
        noise(4, -65),
        voice("wake/openWakeWord__alexa_test.wav"),
        noise(4, -65),
        overrides=[
            'voice_trigger.wake_words=["hey_jarvis","alexa"]',
            "voice_trigger.default_provider=openwakeword",
            "assistant.no_speech_timeout_ms=1500",
        ],
    )
    heard = [e["wake_word"] for e in events if e["event"] == "wake_word_detected"]
    assert heard == ["hey_jarvis", "alexa"]


def test_two_runs_of_one_recording_give_the_same_events(tmp_path, wake_word, question):
    """State is explicit per utterance, so that runs are reproducible."""
    scene = (noise(1, -65), wake_word, noise(0.4, -65), question, noise(1.5, -65))
    kept = ("event", "time_s", "text", "words", "start_s", "end_s", "score", "confidence")

    def facts():
        events = answer(tmp_path, *scene, overrides=["tts.enabled=false"])
        told = [event for event in events if event["event"] != "response"]  # the time of day
        return [{key: event.get(key) for key in kept} for event in told]

    assert facts() == facts()


def test_a_48_khz_recording_is_answered_like_a_16_khz_one(tmp_path, wake_word, question):
    """The rate of the recording is the framework's business."""
    import soxr

    scene = np.concatenate([noise(1, -65), wake_word, noise(0.4, -65), question, noise(1.5, -65)])
    high = soxr.resample(scene.astype(np.float32) / 32768, RATE, 48000)
    assert texts(answer(tmp_path, high, rate=48000)) == ["what time is it"]


def test_every_bundled_profile_can_be_assembled():
    """Each profile names providers that exist, with options that they accept."""
    for name in ("default", "minimal", "desktop", "raspberry-pi", "server", "demo"):
        assembly = Assembly(load_config(name, registry=REGISTRY), REGISTRY)
        assert len(assembly.asr_slot().chain) >= 1


@pytest.mark.parametrize(
    "lead_s",
    [0.5, *(pytest.param(lead_s, marks=pytest.mark.slow) for lead_s in (0.6, 0.7, 0.8, 0.9, 1.0))],
)
def test_the_silence_after_the_wake_word_is_not_taken_for_speech(tmp_path, voice, lead_s):
    """With a pause after the whole wake word clip, clicks included, the command is heard."""
    events = answer(
        tmp_path,
        np.zeros(int(lead_s * RATE), np.int16),
        voice("wake/wyoming-openwakeword__hey_jarvis.wav"),
        np.zeros(RATE, np.int16),
        voice("commands/rhasspy3__what_time_is_it.wav"),
        np.zeros(RATE, np.int16),
        overrides=["tts.enabled=false"],
    )
    assert "what time is it" in texts(events)
    assert [e["reason"] for e in events if e["event"] == "session_ended"] == ["answered"]


def test_a_voice_that_does_not_exist_is_refused_at_the_start(tmp_path, question):
    """`tts.voice` is checked before anybody speaks; the line names the key."""
    from irene import ConfigurationError

    with pytest.raises(ConfigurationError, match="nosuch"):
        answer(tmp_path, question, overrides=["tts.voice=nosuch"])


def test_a_missing_model_has_a_code_of_its_own(tmp_path, question):
    """A recogniser without its model is `model_missing`, not just unavailable."""
    from irene import ModelMissingError

    wrong = ["asr.providers.pocketsphinx.model=/no/such/model"]
    with pytest.raises(ModelMissingError, match="/no/such/model"):
        answer(tmp_path, question, overrides=wrong)
