"""Names of qualities, and the choice of `adaptive`."""

import pytest

from irene.audio.quality import BUSY, QUALITIES, adapt
from irene.domain.audio import ResampleQuality


def test_every_quality_of_the_contract_has_its_own_name():
    """soxr's names are taken as they are."""
    assert all(QUALITIES[quality.value] is quality for quality in ResampleQuality)


@pytest.mark.parametrize(
    ("use", "source", "target", "quality"),
    [
        ("voice_trigger", 48000, 16000, "LQ"),
        ("vad", 44100, 16000, "LQ"),
        ("asr", 48000, 16000, "HQ"),
        ("asr", 44100, 16000, "HQ"),
        ("asr", 96000, 16000, "MQ"),
        ("asr", 192000, 16000, "MQ"),
        ("playback", 24000, 48000, "MQ"),
        ("playback", 22050, 48000, "HQ"),
        ("clip", 48000, 16000, "HQ"),
    ],
)
def test_it_goes_by_use_and_ratio(use, source, target, quality):
    """As the page on audio says."""
    assert adapt(source, target, use).quality.value == quality


@pytest.mark.parametrize(("use", "quality"), [("asr", "MQ"), ("playback", "LQ")])
def test_a_busy_machine_gets_one_step_less(use, quality):
    """And the reason says so."""
    choice = adapt(48000, 16000, use, load=0.97)
    assert choice.quality.value == quality
    assert "97% busy" in choice.reason


def test_below_the_limit_load_changes_nothing():
    """Nobody pays for a machine that has time."""
    assert adapt(48000, 16000, "asr", BUSY - 0.01) == adapt(48000, 16000, "asr")


def test_the_cheapest_stays_what_it_is():
    """There is nothing below it that stops aliases."""
    assert adapt(48000, 16000, "voice_trigger", 1.0).quality is ResampleQuality.LQ


def test_every_choice_says_why():
    """One line for people."""
    for use in ("voice_trigger", "vad", "asr", "playback", "clip"):
        reason = adapt(44100, 16000, use).reason
        assert reason
        assert "\n" not in reason
