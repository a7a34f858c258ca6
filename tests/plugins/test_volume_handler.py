"""The handlers of volume and stop: what they do to the assistant, and what they answer."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import HandlerContext, Intent, ProviderFailedError
from irene.testing import ScriptedServices

pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intents.stopping import StopHandler
from irene_plugins.intents.volume import VolumeHandler, VolumeOptions

UP, DOWN = {"volume_step": "up"}, {"volume_step": "down"}


class Home:
    """An assistant that is told to be louder or quieter."""

    def __init__(self, folder, volume=0.5, **options):
        self.services = ScriptedServices(folder)
        self.services.volume = volume
        self.handler = VolumeHandler(VolumeOptions(**options))
        self.handler.start(self.services)

    def say(self, intent, language="en", **slots):
        context = HandlerContext(self.services.clock.now(), language)
        return self.handler.handle(Intent(intent, "said", language, slots), context).text

    @property
    def percent(self):
        return round(self.services.volume * 100)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_the_volume_is_set(home):
    """In percent; the answer says so."""
    assert home.say("HassSetVolume", volume_level=30) == "Volume 30 percent."
    assert home.percent == 30
    assert home.say("HassSetVolume", "de", volume_level=80) == "Lautstärke 80 Prozent."


@pytest.mark.parametrize("level", [-1, 101, 1e9, float("nan"), float("inf"), "loud", ""])
def test_a_volume_that_does_not_exist_changes_nothing(home, level):
    """The answer says what there is."""
    assert "zero to one hundred" in home.say("HassSetVolume", volume_level=level)
    assert home.percent == 50


def test_louder_and_quieter_are_steps(home):
    """Of the size that the options give; a bit is half of it, a lot is twice."""
    assert home.say("HassSetVolumeRelative", **UP) == "Volume 60 percent."
    assert home.say("HassSetVolumeRelative", **DOWN) == "Volume 50 percent."
    assert home.say("HassSetVolumeRelative", **UP, strength="bit") == "Volume 55 percent."
    assert home.say("HassSetVolumeRelative", **DOWN, strength="lot") == "Volume 35 percent."
    assert home.say("HassSetVolumeRelative", volume_step=-5) == "Volume 30 percent."


def test_a_step_may_be_larger(tmp_path):
    """`step_percent`."""
    assert Home(tmp_path, step_percent=25).say("HassSetVolumeRelative", **UP) == (
        "Volume 75 percent."
    )


@pytest.mark.parametrize("step", [0, 101])
def test_a_step_that_does_nothing_is_refused(step):
    """When the configuration is read."""
    with pytest.raises(ValueError, match="step_percent"):
        VolumeOptions(step_percent=step)


def test_there_is_an_end_to_loud(home):
    """At 100 %, and the answer says so."""
    for _ in range(5):
        home.say("HassSetVolumeRelative", **UP)
    assert home.percent == 100
    assert home.say("HassSetVolumeRelative", **UP) == "That is as loud as I can be."


def test_quieter_never_means_silent(home):
    """Who wants silence says "mute": nobody shall wonder why nothing is heard."""
    for _ in range(9):
        home.say("HassSetVolumeRelative", **DOWN)
    assert home.percent == 5
    assert "mute" in home.say("HassSetVolumeRelative", **DOWN)


def test_mute_is_taken_back(home):
    """The volume is as before; muting twice forgets nothing."""
    home.say("HassMediaPlayerMute")
    assert home.say("HassMediaPlayerMute") == "I am muted."
    assert home.percent == 0
    assert home.say("HassMediaPlayerUnmute") == "Volume 50 percent."
    assert home.percent == 50


def test_louder_ends_silence(home):
    """From nothing, one step."""
    home.say("HassMediaPlayerMute")
    assert home.say("HassSetVolumeRelative", **UP) == "Volume 10 percent."


def test_unmuting_what_is_not_muted_changes_nothing(tmp_path):
    """And one that began silent gets a voice."""
    assert Home(tmp_path).say("HassMediaPlayerUnmute") == "Volume 50 percent."
    assert Home(tmp_path, volume=0.0).say("HassMediaPlayerUnmute") == "Volume 50 percent."


def test_the_volume_is_told(tmp_path):
    """In percent, in the language."""
    assert Home(tmp_path, 0.333).say("IreneGetVolume") == "Volume 33 percent."


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(VolumeHandler.intents),
            st.dictionaries(
                st.sampled_from(["volume_level", "volume_step", "strength"]),
                st.one_of(st.text(max_size=5), st.integers(), st.floats()),
            ),
        ),
        max_size=8,
    )
)
def test_the_volume_never_leaves_its_bounds(tmp_path, steps):
    """Whatever is asked for, in any order."""
    home = Home(tmp_path)
    for intent, slots in steps:
        assert home.say(intent, **slots)
        assert 0.0 <= home.services.volume <= 1.0


@pytest.mark.parametrize("intent", StopHandler.intents)
def test_stop_hushes_and_says_nothing(tmp_path, intent):
    """Silence is what was wanted."""
    services = ScriptedServices(tmp_path)
    handler = StopHandler()
    handler.start(services)
    assert handler.handle(Intent(intent, "stop"), HandlerContext(services.clock.now())) is None
    assert services.hushed == 1


def test_a_handler_without_an_assistant_says_so():
    """A program that forgot `start` learns it."""
    with pytest.raises(ProviderFailedError, match="'stop' was not started"):
        _ = StopHandler().services
