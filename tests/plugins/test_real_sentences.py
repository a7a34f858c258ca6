"""Home Assistant's own sentences, as the package that it uses delivers them."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import IntentMatcher, ProviderFailedError, SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("jinja2", reason="the extra `intents` is not installed")
package = pytest.importorskip("home_assistant_intents", reason="the extra `test` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer  # noqa: E402

FOLDER = files("home_assistant_intents") / "data"
LANGUAGES = sorted(file.name.removesuffix(".json") for file in FOLDER.iterdir())
HOME = {
    "name": {
        "values": [
            {"in": "bed light", "context": {"domain": "light"}},
            {"in": "front door", "context": {"domain": "lock"}},
            {"in": "ceiling fan", "out": "Fan", "context": {"domain": "fan"}},
        ]
    },
    "area": {"values": ["kitchen", {"in": "(living|sitting) room", "out": "living_room"}]},
    "floor": {"values": []},
}


def real(language: str, **lists) -> IntentMatcher:
    content = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    sources = [SentenceSource(f"{language}.json", language, content)]
    if lists:
        sources.append(SentenceSource("lists", language, {"lists": lists}))
    return HassilRecognizer().open_matcher(sources)


@pytest.fixture(scope="module")
def english() -> IntentMatcher:
    return real("en", **HOME)


UNDERSTOOD = [
    ("turn on the lights in the kitchen", "HassTurnOn", {"domain": "light", "area": "kitchen"}),
    ("turn off the bed light", "HassTurnOff", {"name": "bed light"}),
    ("lock the front door", "HassTurnOn", {"name": "front door"}),
    ("is the front door locked", "HassGetState", {"name": "front door", "state": "locked"}),
    (
        "set bed light brightness to fifty percent",
        "HassLightSet",
        {"name": "bed light", "brightness": 50},
    ),
    (
        "set a timer for 3 hours and 10 minutes",
        "HassStartTimer",
        {"hours": 3, "minutes": 10},
    ),
    ("start a 5 minute timer for pizza", "HassStartTimer", {"name": "pizza", "minutes": 5}),
    ("open the garage doors in the sitting room", "HassTurnOn", {"device_class": "garage"}),
    ("please add milk to my shopping list", "HassShoppingListAddItem", {"item": "milk"}),
    ("set the temperature in the kitchen to 21.5 degrees", None, {"temperature": 21.5}),
    ("nevermind", "HassNevermind", {}),
]


@pytest.mark.parametrize(("text", "intent", "slots"), UNDERSTOOD)
def test_english_sentences_are_understood(english, text, intent, slots):
    """Lists of the home, rules, skip words, ranges, fractions, wildcards and permutations."""
    found = english.match(text, "en")
    assert found is not None
    assert intent is None or found.name == intent
    assert slots.items() <= found.slots.items()


def test_names_are_understood_in_their_domain_only(english):
    """`requires_context: {domain: [...]}` looks at the context of the list's value."""
    assert english.match("set the ceiling fan to 30 percent", "en").name == "HassFanSetSpeed"
    assert english.match("set the front door to 30 percent", "en") is None


def test_the_room_of_the_assistant_is_a_slot(english):
    """`requires_context: {area: {slot: true}}` needs a context, and takes its value."""
    assert english.match("turn on the lights", "en") is None
    found = english.match("turn on the lights", "en", {"area": "kitchen"})
    assert found.slots == {"domain": "light", "area": "kitchen"}


def test_the_files_own_answers_come_with_the_intent(english):
    """Response keys lead to templates that a handler's values fill."""
    intent = english.match("turn off the bed light", "en")
    spoken = english.render(intent, {"state": {"domain": "light", "name": "bed light"}})
    assert spoken == "Turned off the light"
    asked = english.match("is the front door locked", "en")
    values = {"query": {"matched": []}, "state": {"state_with_unit": "unlocked"}}
    assert english.render(asked, values) == "No, unlocked"


def test_an_answer_without_its_values_is_one_line(english):
    """Without the handler that knows the state nothing half is spoken."""
    intent = english.match("is the front door locked", "en")
    with pytest.raises(ProviderFailedError, match="'query' is undefined"):
        english.render(intent, {})


def test_only_the_lists_of_the_home_are_missing():
    """One line for each of them, with the TOML that cures it; the rest works."""
    matcher = real("en")
    lists = [line for line in matcher.warnings() if "has no values" in line]
    assert sorted(line.split()[1] for line in lists) == ["{area}", "{floor}", "{name}"]
    assert 'set `area = ["one", "another"]` under [intents.lists]' in lists[0] + lists[1]
    assert matcher.match("set a timer for 5 minutes", "en").slots == {"minutes": 5}
    assert matcher.match("turn on the lights in the kitchen", "en") is None


@pytest.mark.parametrize(
    "language",
    [
        language if language in ("fr", "zh-HK") else pytest.param(language, marks=pytest.mark.slow)
        for language in LANGUAGES
    ],
)
def test_every_language_loads(language):
    """No file of the package has a mistake that irene reports."""
    matcher = real(language)
    assert matcher.match("", language) is None
    assert len(matcher.warnings()) <= 6


def test_values_that_stand_for_several_are_joined():
    """French shutters are blinds or shades: both arrive in one slot."""
    found = real("fr", **HOME).match("ouvre les stores", "fr", {"area": "kitchen"})
    assert found.slots["device_class"] == "blind,shade"


VALUE = st.one_of(st.none(), st.text(max_size=5), st.integers(), st.lists(st.text(max_size=3)))
CONTEXT = st.dictionaries(
    st.sampled_from(["area", "domain", "last_intent", "asks"]),
    VALUE | st.fixed_dictionaries({}, optional={"value": VALUE, "text": VALUE}),
)
WORDS = st.lists(
    st.sampled_from(
        [
            "turn",
            "on",
            "off",
            "the",
            "lights",
            "in",
            "kitchen",
            "set",
            "bed",
            "light",
            "to",
            "50",
            "percent",
            "timer",
            "for",
            "five",
            "minutes",
            "and",
            "a",
            "add",
            "milk",
            "list",
            "open",
            "front",
            "door",
            "is",
            "locked",
            "-",
            "'",
            "%",
            "1/2",
            "half",
            "°",
        ]
    ),
    max_size=9,
).map(" ".join)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=WORDS | st.text(max_size=30), context=CONTEXT)
def test_nothing_raises_while_somebody_speaks(english, text, context):
    """Whatever is heard, in whatever context, the answer is an intent or None."""
    found = english.match(text, "en", context)
    assert found is None or all(isinstance(v, (str, int, float)) for v in found.slots.values())
