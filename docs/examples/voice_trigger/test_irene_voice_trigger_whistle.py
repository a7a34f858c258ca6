"""The trigger keeps its contract, and wakes an assistant."""

from irene_voice_trigger_whistle import WhistleTrigger

from irene.testing import ScriptedSession, VoiceTriggerContract, noise, silence, speech, tone


class TestWhistleTrigger(VoiceTriggerContract):
    """Every check of the contract of voice triggers."""

    provider = WhistleTrigger
    wakes = {"long note": tone(1.0, 1500.0, -30.0)}


def test_it_wakes_an_assistant():
    """A note, and then a command."""
    events = (
        ScriptedSession().using(WhistleTrigger).hears(tone(0.6, 1500.0), silence(0.8), speech())
    )
    assert {"wake_word_detected", "transcript"} <= {event.event for event in events}


def test_speech_and_noise_wake_nobody():
    """Neither is one pure tone."""
    events = ScriptedSession().using(WhistleTrigger).hears(noise(1.0, -20.0), speech(), noise(1.0))
    assert "wake_word_detected" not in {event.event for event in events}
