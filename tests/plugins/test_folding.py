"""What nobody sees is not read, and letters in a special form are plain ones."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import SentenceSource
from irene_plugins.intent_recognition.reading.folding import folded

pytest.importorskip("hassil", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.fuzzy import FuzzyRecognizer
from irene_plugins.intent_recognition.hassil import HassilRecognizer

WIDE = "\uff54\uff55\uff52\uff4e on the lamp \uff12"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (WIDE, "turn on the lamp 2"),
        ("ti\u200bmer \u2060off\ufeff", "timer off"),
        ("Apo\u00adtheke", "Apotheke"),
        ("\ufb01ve", "five"),
        ("\uff08lamp\uff09 5 m\u00b2 \u00bd \u00b0C", "\uff08lamp\uff09 5 m\u00b2 \u00bd \u00b0C"),
        ("Stra\u00dfe, caf\u00e9", "Stra\u00dfe, caf\u00e9"),
    ],
)
def test_letters_become_plain_and_signs_stay(text, plain):
    """Brackets and bars of templates must not come out of a sign that only looks like one."""
    assert folded(text) == plain


@given(st.text())
def test_folding_twice_is_folding_once(text):
    """And leaves no mark of format."""
    once = folded(text)
    assert folded(once) == once
    assert not any(unicodedata.category(letter) == "Cf" for letter in once)


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_text_is_left_alone(text):
    """Nearly all that is heard."""
    assert folded(text) is text


LAMP = {
    "intents": {"On": {"data": [{"sentences": ["turn on the {name} [\uff1f]", "<go>"]}]}},
    "lists": {"name": {"values": ["lamp\u200b 2", {"in": "\uff54v", "out": "\uff34\uff36"}]}},
    "expansion_rules": {"go": "l\u00aduminate the {name}"},
}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("turn on the lamp 2", "lamp\u200b 2"),
        (WIDE, "lamp\u200b 2"),
        ("luminate the tv", "\uff34\uff36"),
        ("turn on the \uff34\uff36", "\uff34\uff36"),
    ],
)
def test_tables_and_texts_meet_in_the_plain_form(text, name):
    """Sentences, rules and lists are folded like what is said; what values mean is not."""
    matcher = HassilRecognizer().open_matcher([SentenceSource("x.yaml", "en", LAMP)])
    found = matcher.match(text, "en")
    assert found is not None
    assert (found.text, found.slots["name"]) == (text, name)
    assert [one.slots for one in matcher.match_all(text, "en")] == [found.slots]


PARTY = {
    "intents": {
        "Dance": {"data": [{"sentences": ["let us dance \U0001f57a", "dance at 20\u00b0"]}]},
        "Add": {"data": [{"sentences": ["add {item}"]}]},
        "Rest": {"data": [{"sentences": ["let us rest", "key 5"]}]},
    },
    "lists": {"item": {"wildcard": True}},
}


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("let us rest \U0001f634\U0001f3fd", "Rest", {}),
        ("\u2764\ufe0f let us \U0001f468\u200d\U0001f4bb rest!", "Rest", {}),
        ("key 5\ufe0f\u20e3", "Rest", {}),
        ("let us dance \U0001f57a", "Dance", {}),
        ("add \U0001f355", "Add", {"item": "\U0001f355"}),
        ("add milk \U0001f95b", "Add", {"item": "milk \U0001f95b"}),
    ],
)
def test_emoji_stand_in_the_way_of_no_sentence(text, intent, slots):
    """They are passed over where nothing fits with them; a slot may hold them."""
    matcher = HassilRecognizer().open_matcher([SentenceSource("x.yaml", "en", PARTY)])
    found = matcher.match(text, "en")
    assert found is not None
    assert (found.name, found.slots, found.text) == (intent, slots, text)


@pytest.mark.parametrize("text", ["\U0001f634", "\U0001f634 \u2764\ufe0f", "dance at 20"])
def test_emoji_alone_are_no_command(text):
    """Nor is a sign that templates give a meaning passed over."""
    matcher = HassilRecognizer().open_matcher([SentenceSource("x.yaml", "en", PARTY)])
    assert matcher.match(text, "en") is None


def test_what_was_misheard_a_little_is_folded_too():
    """The tier `fuzzy` looks for the plain form."""
    pytest.importorskip("rapidfuzz", reason="the tier `fuzzy` is not installed")
    content = {"intents": {"Off": {"data": [{"sentences": ["switch off everything at home now"]}]}}}
    matcher = FuzzyRecognizer().open_matcher([SentenceSource("x.yaml", "en", content)])
    text = "\uff53witch off everything at hom no\u200bw"
    found = matcher.match(text, "en")
    assert found is not None
    assert (found.name, found.text) == ("Off", text)
