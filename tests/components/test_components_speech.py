"""The documented components on recorded speech, with the engines that are bundled."""

import asyncio

import numpy as np
import pytest
import soundfile

from irene.components.asr_component import ASRComponent
from irene.components.voice_trigger_component import VoiceTriggerComponent
from irene.intents.models import AudioData

pytest.importorskip("pocketsphinx", reason="the recogniser is not installed")
pytest.importorskip("pymicro_wakeword", reason="the wake-word engine is not installed")

pytestmark = pytest.mark.usefixtures("kept_decoders")


def clip(data_folder, name):
    """Return a recording as raw bytes with their format."""
    samples, rate = soundfile.read(data_folder / name, dtype="int16")
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    return AudioData(samples.tobytes(), 0.0, rate, channels)


def test_a_recorded_wake_word_is_detected_with_word_and_score(data_folder):
    """`VoiceTriggerComponent()` works without arguments and names what it heard."""
    found = asyncio.run(
        VoiceTriggerComponent().detect(
            clip(data_folder, "wake/wyoming-openwakeword__hey_jarvis.wav")
        )
    )
    assert found.wake_word == "hey_jarvis"
    assert found.score > 0.9
    assert found.provider == "microwakeword"


def test_another_wake_word_is_not_detected(data_folder):
    """The default wake word is `hey jarvis`; "alexa" is none."""
    alexa = clip(data_folder, "wake/openWakeWord__alexa_test.wav")
    assert asyncio.run(VoiceTriggerComponent().detect(alexa)) is None


def test_a_recorded_command_is_transcribed(data_folder):
    """`ASRComponent()` works without arguments."""
    command = clip(data_folder, "commands/rhasspy3__what_time_is_it.wav")
    hypothesis = asyncio.run(ASRComponent().process_audio(command))
    assert hypothesis.text == "what time is it"
    assert [word.text for word in hypothesis.words] == ["what", "time", "is", "it"]


def test_two_clips_at_once_do_not_mix(data_folder):
    """One engine, two utterances at the same time: each gets its own words."""
    names = ("commands/rhasspy3__what_time_is_it.wav", "commands/rhasspy3__turn_on_the_lamp.wav")
    clips = [clip(data_folder, name) for name in names]

    async def both():
        asr = ASRComponent()
        alone = [(await asr.process_audio(one)).text for one in clips]
        together = await asyncio.gather(*(asr.process_audio(one) for one in clips))
        return alone, [hypothesis.text for hypothesis in together]

    alone, together = asyncio.run(both())
    assert together == alone
    assert len(set(alone)) == 2


def test_a_48_khz_stereo_clip_is_transcribed_alike(data_folder):
    """Rate and channels of the clip are the framework's business."""
    import soxr

    mono = clip(data_folder, "commands/rhasspy3__what_time_is_it.wav").to_chunk().samples
    high = soxr.resample(mono.astype(np.float32) / 32768, 16000, 48000)
    stereo = np.repeat((high * 32767).astype(np.int16), 2)
    hypothesis = asyncio.run(
        ASRComponent().process_audio(AudioData(stereo.tobytes(), 0.0, 48000, 2))
    )
    assert hypothesis.text == "what time is it"


def test_an_unknown_provider_is_a_clear_error(data_folder):
    """`provider=` of a name that nobody offers says what there is."""
    from irene import ConfigurationError

    command = clip(data_folder, "commands/rhasspy3__what_time_is_it.wav")
    with pytest.raises(ConfigurationError, match="'vosc'; did you mean 'vosk'"):
        asyncio.run(ASRComponent().process_audio(command, provider="vosc"))
