"""The identifier keeps its contract, and knows the pilot tones."""

import pytest
from irene_language_beacon import BeaconLanguage

from irene.testing import LanguageContract, ScriptedSession, noise, speech, tone


class TestBeaconLanguage(LanguageContract):
    """Every check of the contract of language identifiers."""

    provider = BeaconLanguage


@pytest.mark.parametrize(("language", "hz"), [("en", 6000.0), ("de", 6400.0), ("fr", 6800.0)])
def test_a_pilot_tone_tells_the_language(language, hz):
    """Twenty decibels below the noise beside it."""
    window = (tone(0.5, hz, -40.0) + noise(0.5, -30.0)) / 32768
    shares = BeaconLanguage().identify(window.astype("float32"))
    assert max(shares, key=shares.get) == language


def test_an_assistant_is_told_the_language():
    """A command with a tone beneath it."""
    session = ScriptedSession({"language": {"languages": ["en", "de"]}}).using(BeaconLanguage)
    command = speech()
    events = session.hears(command + tone(len(command) / 16000, 6400.0, -40.0))
    assert "de" in [event.language for event in events if event.event == "language_identified"]
