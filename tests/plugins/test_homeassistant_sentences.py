"""What people say to a home: tables of sentences, and names of all kinds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fake_home import GERMAN, TOKEN, FakeHome
from hypothesis import given
from hypothesis import strategies as st
from local_server import serving

from irene import SentenceSource
from irene.testing import ScriptedServices

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
yaml = pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer  # noqa: E402
from irene_plugins.intents.clock import DateHandler, TimeHandler  # noqa: E402
from irene_plugins.intents.conversation import HelpHandler, RepeatHandler  # noqa: E402
from irene_plugins.intents.homeassistant.handler import (  # noqa: E402
    HomeAssistantHandler,
    HomeAssistantOptions,
)
from irene_plugins.intents.homeassistant.home import Entity, Home  # noqa: E402
from irene_plugins.intents.homeassistant.vocabulary import lists_of, said, without_lists  # noqa: E402

TABLES = Path(__file__).parents[1] / "sentences"
OTHERS = (TimeHandler(), DateHandler(), HelpHandler(), RepeatHandler())


def rows(language):
    """Yield (sentence, intent, slots, context) of the language's table."""
    table = yaml.safe_load((TABLES / language / "homeassistant.yaml").read_text())
    for test in table["tests"]:
        for sentence in test["sentences"]:
            intent = test["intent"]
            yield sentence, intent["name"], intent.get("slots", {}), test.get("context", {})


@pytest.fixture(scope="module")
def handlers(tmp_path_factory):
    """The handler of a home with names in each language."""
    found = {}
    for language, names in (("en", {}), ("de", GERMAN)):
        with serving(FakeHome(names)) as server:
            options = HomeAssistantOptions(url=server.url, token=TOKEN)
            found[language] = HomeAssistantHandler(options)
            found[language].load()
            found[language].start(ScriptedServices(tmp_path_factory.mktemp("state")))
    return found


@pytest.fixture(scope="module")
def matchers(handlers):
    """All bundled sentences of each language together."""
    found = {}
    for language, handler in handlers.items():
        contents = {one.name: one.sentences(language) for one in (handler, *OTHERS)}
        sources = [
            SentenceSource(name, language, content) for name, content in contents.items() if content
        ]
        found[language] = HassilRecognizer().open_matcher(sources)
    return found


@pytest.mark.parametrize("row", [*rows("en")], ids=lambda row: row[0])
def test_english_sentences_are_understood(matchers, row):
    """Intent, and every slot with its value."""
    sentence, intent, slots, context = row
    found = matchers["en"].match(sentence, "en", context)
    assert found is not None
    assert (found.name, dict(found.slots)) == (intent, slots)


@pytest.mark.parametrize("row", [*rows("de")], ids=lambda row: row[0])
def test_german_sentences_are_understood(matchers, row):
    """Intent, and every slot with its value."""
    sentence, intent, slots, context = row
    found = matchers["de"].match(sentence, "de", context)
    assert found is not None
    assert (found.name, dict(found.slots)) == (intent, slots)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_intent_has_sentences_and_a_table(handlers, language):
    """Nothing that can be done cannot be said."""
    handler = handlers[language]
    assert set(handler.sentences(language)["intents"]) == set(handler.intents)
    assert {intent for _, intent, _, _ in rows(language)} == set(handler.intents)


OPPOSITES = {
    "en": [("on", "off"), ("open", "close"), ("lock", "unlock"), ("raise", "lower")],
    "de": [("ein", "aus"), ("an", "aus"), ("hoch", "runter"), ("ab", "auf")],
}


@pytest.mark.parametrize("language", ["en", "de"])
def test_opposites_are_never_confused(matchers, language):
    """A sentence with its word turned round means the opposite, or nothing at all."""
    n_turned = 0
    for sentence, intent, slots, context in rows(language):
        for word, opposite in OPPOSITES[language]:
            turned = re.sub(rf"\b{word}\b", opposite, sentence)
            if turned == sentence or intent not in ("HassTurnOn", "HassTurnOff"):
                continue
            found = matchers[language].match(turned, language, context)
            n_turned += found is not None
            assert found is None or found.name != intent or dict(found.slots) != slots, turned
    assert n_turned > 10


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_example_is_understood(handlers, matchers, language):
    """What help reads aloud works."""
    handler = handlers[language]
    for text in handler.examples(language):
        assert matchers[language].match(text, language).name in handler.intents


@pytest.mark.parametrize(
    "text",
    [
        *("turn on", "turn off the", "the kitchen lamp", "lamp", "on", "off", "open", "the lights"),
        *("turn on the phone battery", "in the kitchen", "20 degrees", "everywhere", "stop"),
    ],
)
def test_scraps_are_no_command(matchers, text):
    """Half a sentence, an unknown thing, an answer that nobody asked for."""
    assert matchers["en"].match(text, "en") is None


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("Lamp 2", "Lamp (2|two)"),
        ("TV (Living Room)", "TV Living Room"),
        ("light_by_door", "light by door"),
        ("Heating & Water", "Heating and Water"),
        ("50/50 [old] {x} <y>|z", "(50|fifty) (50|fifty) old x y z"),
        ("***", ""),
        ("\u00ad", ""),
        ("Kit\u00adchen\u200b lamp", "Kitchen lamp"),
        ("\U0001f384 Tree \u2b50\ufe0f", "Tree"),
        ("\u2744\ufe0f", ""),
        ("21 \u00b0C", "(21|twenty one) \u00b0C"),
        ("Port 20480", "Port 20480"),
    ],
)
def test_a_name_becomes_a_template_that_means_itself(name, template):
    """Signs of templates are left out, numbers may be spoken."""
    assert said(name, "en") == template


def test_numbers_in_names_are_spoken_in_the_language():
    """And stay digits in a language whose numbers nobody knows."""
    assert said("Lampe 21", "de-AT") == "Lampe (21|einundzwanzig)"
    assert said("Lamp 21", "xx") == "Lamp 21"


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=5))
def test_any_name_leaves_the_sentences_valid(names):
    """Whatever people call their lamps, the other sentences work."""
    entities = {f"light.n{n}": Entity(f"light.n{n}", name) for n, name in enumerate(names)}
    lists = lists_of(Home(entities, {"Room": tuple(entities)}), "en")
    content = {
        "language": "en",
        "intents": {"On": {"data": [{"sentences": ["on {name}", "hello"]}]}},
        "lists": {"name": lists["name"]},
    }
    matcher = HassilRecognizer().open_matcher([SentenceSource("home", "en", content)])
    assert matcher.match("hello", "en").name == "On"


@given(
    st.lists(
        st.tuples(st.sampled_from([None, 5, 7, 10.5, -50]), st.sampled_from([None, 28, 35.5, 95])),
        max_size=4,
    )
)
def test_the_range_of_temperatures_is_always_one(bounds):
    """Whatever heating says of itself."""
    homes = {
        f"climate.n{n}": Entity(f"climate.n{n}", "x", low=low, high=high)
        for n, (low, high) in enumerate(bounds)
    }
    span = lists_of(Home(homes), "en")["temperature"]["range"]
    assert span["from"] <= span["to"] <= 120


def test_sentences_without_their_list_are_left_out():
    """Directly or through rules of rules; the others stay."""
    content = {
        "intents": {
            "A": {"data": [{"sentences": ["on {area}", "off"]}]},
            "B": {"data": [{"sentences": ["x <deep>"]}]},
        },
        "expansion_rules": {"deep": "<in>", "in": "in {area}", "other": "y"},
    }
    left = without_lists(content, ["area"])
    assert left["intents"] == {"A": {"data": [{"sentences": ["off"]}]}}
    assert left["expansion_rules"] == {"other": "y"}
