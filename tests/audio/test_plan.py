"""Which audio goes where, decided before it flows."""

import pytest

from irene.audio.plan import Consumer, make_plan
from irene.domain.audio import AudioFormat, ResampleQuality
from irene.errors import ConfigurationError


def consumer(**changes):
    """Return a consumer that wants 16 kHz."""
    settings = {
        "section": "asr",
        "provider": "engine",
        "accepted_rates": (16000,),
        "sample_rate": 16000,
        **changes,
    }
    return Consumer(**settings)


MICROPHONE = AudioFormat(48000, 2)


def test_audio_of_the_right_rate_is_not_converted():
    """16 kHz in, 16 kHz wanted: no quality, no conversion."""
    assert make_plan(AudioFormat(16000), [consumer()]).routes["asr"].quality is None


@pytest.mark.parametrize(
    ("name", "quality"),
    [
        ("fast", ResampleQuality.LQ),
        ("medium", ResampleQuality.MQ),
        ("high", ResampleQuality.HQ),
        ("LQ", ResampleQuality.LQ),
        ("MQ", ResampleQuality.MQ),
        ("HQ", ResampleQuality.HQ),
        ("VHQ", ResampleQuality.VHQ),
    ],
)
def test_every_quality_name_means_one_recipe(name, quality):
    """The documented names and soxr's own are both understood."""
    assert make_plan(MICROPHONE, [consumer(quality=name)]).routes["asr"].quality is quality


@pytest.mark.parametrize(
    ("section", "rate", "quality"),
    [("asr", 48000, "HQ"), ("asr", 96000, "MQ"), ("voice_trigger", 48000, "LQ")],
)
def test_adaptive_quality_follows_slot_and_ratio(section, rate, quality):
    """The wake word wants no delay, recognition all of the band."""
    plan = make_plan(AudioFormat(rate), [consumer(quality="adaptive", section=section)])
    assert plan.routes[section].quality.value == quality


def test_strict_validation_refuses_a_forbidden_conversion():
    """`strict_validation` with `allow_resampling = false` names the key and the cure."""
    with pytest.raises(ConfigurationError, match=r"asr\.allow_resampling = false.*48000"):
        make_plan(MICROPHONE, [consumer(allow_resampling=False, strict=True)])


def test_lenient_validation_converts_and_warns():
    """Without `strict_validation` the assistant works, and a warning names the key."""
    plan = make_plan(MICROPHONE, [consumer(allow_resampling=False)])
    assert plan.routes["asr"].quality is ResampleQuality.HQ
    assert "asr.allow_resampling" in plan.warnings[0]


def test_every_conflict_is_listed_at_once():
    """Two components with two conflicts each give four lines."""
    wrong = {"strict": True, "channels": 2, "sample_rate": 8000}
    with pytest.raises(ConfigurationError) as caught:
        make_plan(MICROPHONE, [consumer(**wrong), consumer(section="vad", **wrong)])
    assert len(str(caught.value).splitlines()) == 4


def test_a_rate_that_the_provider_does_not_take_becomes_its_nearest():
    """An engine that takes 8 and 16 kHz gets 16 kHz when 22.05 kHz is configured."""
    plan = make_plan(MICROPHONE, [consumer(accepted_rates=(8000, 16000), sample_rate=22050)])
    assert plan.routes["asr"].target.sample_rate == 16000
    assert "asr.sample_rate = 22050" in plan.warnings[0]


def test_an_engine_that_takes_any_rate_gets_the_configured_one():
    """No declared rates means that the configuration alone decides."""
    plan = make_plan(MICROPHONE, [consumer(accepted_rates=(), sample_rate=48000)])
    assert plan.routes["asr"].quality is None
