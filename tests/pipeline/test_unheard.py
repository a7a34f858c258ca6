"""An input that leads to nothing says why."""

import threading

import numpy as np
import pytest
from test_assistant_live import live_stage, run_until_stopped
from test_assistant_script import COMMAND, SPEECH, Stage, names, one

from irene.config.sections import VoiceTriggerSection
from irene.domain.audio import AudioChunk
from irene.pipeline.listening.unheard import Unheard
from irene.testing import silence, tone


def hint(*parts, **changes):
    """Return the warning of a run on these pieces of audio."""
    stage = Stage()
    stage.config["voice_trigger"] |= changes
    return one(stage.play(*parts), "warning")["message"]


def test_speech_without_the_wake_word_says_what_was_listened_for():
    """The words, and what takes everything; it comes before the run is over."""
    stage = Stage()
    events = stage.play(SPEECH, silence(1))
    assert names(events) == ["run_started", "warning", "run_ended"]
    assert one(events, "warning")["message"] == (
        "no wake word was heard: 2.0 s of audio, loudest -21 dBFS; scripted listened for "
        '"hello" (best score 0.10, 0.50 is needed); --set voice_trigger.enabled=false takes all '
        "speech as commands"
    )


def test_a_score_below_the_threshold_is_told():
    """The scripted word scores 0.9: who sets a threshold above it learns by how much."""
    assert "(best score 0.90, 0.95 is needed)" in hint(*COMMAND, confidence_threshold=0.95)


def test_silence_is_called_so():
    """A recording of nothing, such as of a muted microphone."""
    expected = "the input is silent: 3.0 s of audio, loudest -96 dBFS; check the recording"
    assert hint(silence(3)).startswith(expected)


def test_without_a_wake_word_nobody_spoke():
    """Sound that is no speech to the VAD is no wake-word matter."""
    expected = "nobody spoke: 2.0 s of audio, loudest -40 dBFS"
    assert hint(tone(2, level_db=-40), enabled=False) == expected


def test_a_wake_word_without_a_command_needs_no_hint():
    """Its session says that nothing was said."""
    events = Stage().play(*COMMAND[:2], silence(8))
    assert "warning" not in names(events)
    assert one(events, "session_ended")["reason"] == "no_speech"


def test_a_microphone_that_is_stopped_says_nothing():
    """Who presses Ctrl-C knows that nothing was said."""
    stage = live_stage(silence(1), threading.Event())
    assert "warning" not in names(run_until_stopped(stage, "run_started"))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_every_format_has_its_level(channels, dtype):
    """Loudest tenth of a second, mixed down, whatever the samples are."""
    samples = np.repeat(tone(1.0, level_db=-30)[:, None], channels, axis=1)
    samples = samples if dtype is np.int16 else (samples / 32768).astype(np.float32)
    unheard = Unheard(VoiceTriggerSection(), None)
    unheard.note(AudioChunk(samples, 16000))
    assert unheard.explained() == "nobody spoke: 1.0 s of audio, loudest -30 dBFS"


def test_an_input_of_no_length_is_called_so():
    """A file that ends where it begins."""
    assert Unheard(VoiceTriggerSection(), None).explained() == "the input holds no audio"
