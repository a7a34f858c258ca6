"""Short units in what is typed: "2h 30m" is understood as it would be said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer
from irene_plugins.intent_recognition.reading.short_units import with_units_spelt_out


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en", "timer 2h", "timer 2 hours"),
        ("en-US", "timer 1 hr", "timer 1 hour"),
        ("en", "2h30m timer", "2 hours 30 minutes timer"),
        ("en", "2h30", "2 hours 30"),
        ("en", "timer 1h 5 mins. 10 sec.", "timer 1 hour 5 minutes 10 seconds"),
        ("en", "in 1.5h", "in 1.5 hours"),
        ("en", "a 90S timer!", "a 90 seconds timer!"),
        ("de", "Timer 2 Std. 30 Min.", "Timer 2 Stunden 30 Minuten"),
        ("de_AT", "in 1,5h", "in 1,5 Stunden"),
        ("de", "Timer 1 Sek", "Timer 1 Sekunde"),
        ("en", "5 kg in lbs", "5 kilograms in pounds"),
        ("en", "100 km/h to mph", "100 kilometers per hour to miles per hour"),
        ("en", "what is 350°F in C?", "what is 350 degrees Fahrenheit in degrees Celsius?"),
        ("en", "30 m in ft", "30 meters in feet"),
        ("en", "1 mi into m", "1 mile into meters"),
        ("de", "was sind 2,5 kg in g", "was sind 2,5 Kilogramm in Gramm"),
        ("de", "20 °C in °F", "20 Grad Celsius in Grad Fahrenheit"),
    ],
)
def test_short_units_become_words(language, written, said):
    """Of the language, behind a 1 in the singular."""
    assert with_units_spelt_out(written, language) == said


@pytest.mark.parametrize(
    "text",
    ["5 hats", "in l and out", "at 10:30 h", "h", "the h 5", "3rd min", "ab  cd", "2msg"],
)
def test_what_is_no_short_unit_stays(text):
    """Longer words, times of day, letters by themselves; in other languages everything."""
    assert with_units_spelt_out(text, "en") == text
    assert with_units_spelt_out(text, "fr") == text


@given(st.text("0123456789hm slkginto°cx.,:", max_size=20))
def test_it_is_spelt_out_once(text):
    """What was spelt out holds no short unit any more."""
    once = with_units_spelt_out(text, "en")
    assert with_units_spelt_out(once, "en") == once


TIMES = {
    "intents": {
        "Wait": {"data": [{"sentences": ["wait <time>"]}]},
        "Remind": {
            "data": [{"sentences": ["remind me to {what}", "remind me to {what} in <time>"]}]
        },
        "Buy": {"data": [{"sentences": ["buy {what}"]}]},
        "Code": {"data": [{"sentences": ["code 5s"]}]},
    },
    "lists": {"what": {"wildcard": True}, "n": {"range": {"from": 0, "to": 100}}},
    "expansion_rules": {"time": "{n} (hour[s]|minute[s]|second[s])"},
}


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("wait 2h", "Wait", {"n": 2}),
        ("wait 2 h 😀", "Wait", {"n": 2}),
        ("remind me to call in 5m", "Remind", {"what": "call", "n": 5}),
        ("buy 5m of rope", "Buy", {"what": "5m of rope"}),
        ("code 5s", "Code", {}),
    ],
)
def test_a_sentence_with_short_units_is_understood(text, intent, slots):
    """A slot for any words keeps them, unless the sentence has one for the time."""
    found = HassilRecognizer().open_matcher([SentenceSource("x", "en", TIMES)]).match(text, "en")
    assert found is not None
    assert (found.name, found.slots, found.text) == (intent, slots, text)
