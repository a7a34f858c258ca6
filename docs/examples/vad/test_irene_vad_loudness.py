"""The detector keeps its contract, and an assistant hears with it."""

from irene_vad_loudness import LoudnessVad

from irene.testing import ScriptedSession, VadContract, noise, speech


class TestLoudnessVad(VadContract):
    """Every check of the contract of VADs."""

    provider = LoudnessVad


def test_an_assistant_hears_with_it():
    """A command in a quiet room begins and ends, and is recognised."""
    events = (
        ScriptedSession().using(LoudnessVad).hears(noise(1.0, -60.0), speech(), noise(1.0, -60.0))
    )
    assert {"speech_started", "speech_ended", "transcript"} <= {event.event for event in events}
