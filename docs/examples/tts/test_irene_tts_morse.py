"""The voice keeps its contract, and an assistant speaks with it."""

import numpy as np
from irene_tts_morse import MorseOptions, MorseVoice

from irene import SpeechRequest
from irene.testing import ScriptedSession, TtsContract, speech


class TestMorseVoice(TtsContract):
    """Every check of the contract of voices."""

    provider = MorseVoice


def test_a_dash_is_three_times_as_long_as_a_dot():
    """The letters E and T."""
    voice = MorseVoice(MorseOptions(unit_ms=50))
    dot, dash = (np.concatenate(list(voice.synthesize(SpeechRequest(text)))) for text in ("e", "t"))
    assert np.count_nonzero(dash) > 2.9 * np.count_nonzero(dot)


def test_an_assistant_speaks_with_it():
    """The answer to a command is spoken."""
    events = ScriptedSession().using(MorseVoice).hears(speech())
    assert [event.provider for event in events if event.event == "speech_synthesized"] == ["morse"]
