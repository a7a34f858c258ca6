"""Which audio goes where, decided before it flows."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.plan import (
    Consumer,
    Fallback,
    best_quality,
    draft_plan,
    echo_conflict,
    make_plan,
)
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


DEFAULTS = [
    consumer(section="voice_trigger", quality="fast"),
    consumer(section="vad", quality="fast"),
    consumer(section="asr", quality="high"),
]


def test_consumers_of_one_rate_share_the_best_quality_that_one_of_them_asks_for():
    """The default configuration converts a 48 kHz microphone once, as the recogniser wants it."""
    plan = make_plan(MICROPHONE, DEFAULTS)
    assert {route.quality for route in plan.routes.values()} == {ResampleQuality.HQ}
    assert plan.routes["vad"].asked is ResampleQuality.LQ
    assert plan.routes["vad"].decided_by == "asr"


@pytest.mark.parametrize("section", ["voice_trigger", "vad", "asr"])
def test_the_quality_of_every_consumer_counts_where_it_is_the_best(section):
    """`resample_quality = "VHQ"` takes effect in whichever section it stands."""
    others = [one for one in DEFAULTS if one.section != section]
    plan = make_plan(MICROPHONE, [*others, consumer(section=section, quality="VHQ")])
    assert plan.routes[section].quality is ResampleQuality.VHQ


@pytest.mark.parametrize("section", ["voice_trigger", "vad"])
@pytest.mark.parametrize(("name", "quality"), [("fast", "LQ"), ("VHQ", "VHQ")])
def test_a_consumer_of_another_rate_has_its_own_quality(section, name, quality):
    """What works at 8 kHz is converted as it asks, whatever the recogniser has."""
    own = consumer(section=section, quality=name, sample_rate=8000, accepted_rates=(8000,))
    others = [one for one in DEFAULTS if one.section != section]
    routes = make_plan(MICROPHONE, [*others, own]).routes
    assert routes[section].quality.value == quality
    assert routes["asr"].quality is ResampleQuality.HQ


def test_a_route_says_with_whom_it_shares():
    """Who gets a better quality than it asked for is told why."""
    routes = make_plan(MICROPHONE, DEFAULTS).routes
    assert str(routes["vad"]).endswith("shared with asr: HQ")
    assert str(routes["asr"]).endswith("resampled (HQ), shared with voice_trigger and vad")


def test_equal_wishes_belong_to_everybody():
    """Consumers that ask for the same are each other's company, not each other's decision."""
    plan = make_plan(MICROPHONE, [consumer(section=name) for name in ("vad", "asr")])
    assert [route.decided_by for route in plan.routes.values()] == ["vad", "asr"]


RATES = st.sampled_from((8000, 11025, 16000, 22050, 44100, 48000))
ACCEPTED = st.lists(RATES, max_size=3, unique=True).map(tuple)
FALLBACKS = st.lists(
    st.builds(Fallback, st.sampled_from(("second", "third")), ACCEPTED),
    max_size=2,
    unique_by=lambda one: one.provider,
).map(tuple)
CONSUMERS = st.lists(
    st.builds(
        Consumer,
        section=st.sampled_from(("voice_trigger", "vad", "asr", "stop_words")),
        provider=st.just("engine"),
        accepted_rates=ACCEPTED,
        sample_rate=RATES,
        channels=st.integers(1, 2),
        quality=st.sampled_from(("fast", "medium", "high", "adaptive", "LQ", "MQ", "HQ", "VHQ")),
        allow_resampling=st.booleans(),
        strict=st.booleans(),
        fallbacks=FALLBACKS,
    ),
    max_size=4,
    unique_by=lambda one: one.section,
)
SOURCES = st.builds(AudioFormat, RATES, st.integers(1, 2))


@given(source=SOURCES, consumers=CONSUMERS)
def test_every_consumer_has_a_route_that_its_provider_accepts(source, consumers):
    """The plan is complete, whatever is asked for."""
    routes = draft_plan(source, consumers).routes
    assert list(routes) == [one.section for one in consumers]
    for one in consumers:
        target = routes[one.section].target
        assert not one.accepted_rates or target.sample_rate in one.accepted_rates
        assert target.channels == 1


@given(source=SOURCES, consumers=CONSUMERS)
def test_no_rate_is_converted_to_twice(source, consumers):
    """The plan is minimal: one conversion per rate, none for the source's own."""
    routes = draft_plan(source, consumers).routes.values()
    conversions = {(route.target.sample_rate, route.quality) for route in routes}
    assert len(conversions) == len({rate for rate, _ in conversions})
    for rate, quality in conversions:
        assert (quality is None) == (rate == source.sample_rate)


@given(source=SOURCES, consumers=CONSUMERS)
def test_nobody_gets_less_than_it_asks_for(source, consumers):
    """Sharing only ever improves the quality, and it is one that somebody asks for."""
    routes = draft_plan(source, consumers).routes
    for route in routes.values():
        if route.quality is not None:
            assert best_quality((route.quality, route.asked)) is route.quality
            assert route.quality is routes[route.decided_by].asked


@given(source=SOURCES, consumers=CONSUMERS)
def test_strict_validation_refuses_what_lenient_validation_warns_of(source, consumers):
    """The same conflicts, as errors or as warnings."""
    lenient = draft_plan(source, [replace(one, strict=False) for one in consumers])
    strict = [replace(one, strict=True) for one in consumers]
    if not lenient.warnings:
        assert make_plan(source, strict).warnings == ()
        return
    with pytest.raises(ConfigurationError) as caught:
        make_plan(source, strict)
    assert str(caught.value).splitlines() == list(lenient.warnings)


@given(source=SOURCES, consumers=CONSUMERS)
def test_every_cure_cures(source, consumers):
    """What a conflict says should be set in its own section removes exactly that conflict."""
    table = "inputs.microphone_config"
    for conflict in draft_plan(source, consumers, table).conflicts:
        section = conflict.key.partition(".")[0]
        cured = [
            cure(one, *conflict.cures[0]) if one.section == section else one for one in consumers
        ]
        assert conflict.key not in {one.key for one in draft_plan(source, cured, table).conflicts}


def cure(consumer, key, value):
    """Return the consumer with a key set to a value in TOML."""
    name = key.partition(".")[2]
    if name != "fallback_providers":
        return replace(consumer, **{name: json.loads(value)})
    kept = [one for one in consumer.fallbacks if one.provider in json.loads(value)]
    return replace(consumer, fallbacks=tuple(kept))


def test_a_fall_back_of_another_rate_is_a_conflict():
    """It is named, with what would let it stand in."""
    wide = consumer(
        accepted_rates=(8000, 16000), fallbacks=(Fallback("old", (8000,)), Fallback("any", ()))
    )
    (conflict,) = draft_plan(MICROPHONE, [wide]).conflicts
    assert conflict.cures == (("asr.sample_rate", "8000"), ("asr.fallback_providers", '["any"]'))
    assert "'old' takes 8000 Hz, while asr works at 16000 Hz" in str(conflict)


@pytest.mark.parametrize(("rate", "fits"), [(48000, True), (44100, False)])
def test_an_echo_canceller_needs_a_rate_that_it_takes(rate, fits):
    """The nearest one is named."""
    conflict = echo_conflict("webrtc", (16000, 48000), rate, "inputs.microphone_config")
    assert (conflict is None) == fits
    if conflict is not None:
        assert conflict.cures[0] == ("inputs.microphone_config.sample_rate", "48000")


def test_a_key_that_another_table_holds_is_named():
    """A provider's own rate is set where it stands."""
    own = consumer(sample_rate=8000, rate_key="asr.providers.engine.sample_rate")
    (conflict,) = draft_plan(MICROPHONE, [own]).conflicts
    assert conflict.key == "asr.providers.engine.sample_rate"
    assert conflict.cures == ((conflict.key, "16000"),)
