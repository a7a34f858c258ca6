"""The recogniser keeps its contract, and an assistant is dialled with it."""

import numpy as np
from irene_asr_keypad import KeypadAsr

from irene.testing import AsrContract, ScriptedSession, silence, tone


class TestKeypadAsr(AsrContract):
    """Every check of the contract of recognisers."""

    provider = KeypadAsr


def pressed(*keys):
    """Return the sound of some keys, given as (row, column) in Hz."""
    pause = silence(0.08)
    return np.concatenate(
        [np.r_[tone(0.1, row) + tone(0.1, column), pause] for row, column in keys]
    )


def test_it_writes_down_what_is_dialled():
    """1, 5, 9 in an assistant; a key that is held counts once."""
    sound = pressed((697, 1209), (770, 1336), (852, 1477))
    events = ScriptedSession().using(KeypadAsr).hears(silence(0.5), sound)
    assert [event.text for event in events if event.event == "transcript"] == ["one five nine"]
