"""The recogniser of sentence templates: what it understands."""

from __future__ import annotations

import copy
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import IntentMatcher, SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
yaml = pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import (  # noqa: E402
    MAX_CHARACTERS,
    HassilRecognizer,
)

CUSTOM_SENTENCES = Path(__file__).parents[1] / "data" / "sentences" / "custom_sentences"


@pytest.fixture(scope="module")
def recognizer() -> HassilRecognizer:
    provider = HassilRecognizer()
    provider.load()
    return provider


@pytest.fixture(scope="module")
def home(recognizer) -> IntentMatcher:
    return recognizer.open_matcher(recognizer.read_folder(str(CUSTOM_SENTENCES)))


def source(text: str, origin: str = "test.yaml", language: str = "en") -> SentenceSource:
    return SentenceSource(origin, language, yaml.safe_load(text))


def one_intent(*sentences: str, **parts: Any) -> SentenceSource:
    content = {"intents": {"Test": {"data": [{"sentences": list(sentences)}]}}, **parts}
    return SentenceSource("test.yaml", "en", content)


UNDERSTOOD = [
    ("turn on the lights", "HassTurnOn", {"domain": "light"}),
    ("Turn  ON the lights!", "HassTurnOn", {"domain": "light"}),
    ("switch on all the lights in the kitchen", "HassTurnOn", {"room": "kitchen"}),
    ("lights on in the sitting room", "HassTurnOn", {"room": "living_room"}),
    ("dim the lights to 5", "HassLightSet", {"brightness": 5}),
    ("dim the lights to five percent", "HassLightSet", {"brightness": 5}),
    ("set lights in the kitchen to twenty-five", "HassLightSet", {"brightness": 25}),
    ("set lights in the kitchen to twenty five", "HassLightSet", {"brightness": 25}),
    ("please set the volume to fifty percent", "HassSetVolume", {"volume": 0.5}),
    ("set volume to 100", "HassSetVolume", {"volume": 1}),
    ("add green eggs to my list", "IreneAddItem", {"item": "green eggs"}),
    ("heat the kitchen to 21.5 degrees", "IreneHeat", {"degrees": 21.5}),
    ("heat the kitchen to twenty one point five degrees", "IreneHeat", {"degrees": 21.5}),
    ("heat the kitchen to 21 degrees", "IreneHeat", {"degrees": 21}),
    ("count to seventeen", "IreneHeat", {"number": 17}),
]


@pytest.mark.parametrize(("text", "intent", "slots"), UNDERSTOOD)
def test_sentences_of_a_folder_are_understood(home, text, intent, slots):
    """Spelling, case, spoken numbers and synonyms lead to the same intent and slots."""
    found = home.match(text, "en")
    assert found is not None
    assert found.name == intent
    assert slots.items() <= found.slots.items()
    assert found.text == text


@pytest.mark.parametrize(
    "text",
    ["", " ", "?!", "lights", "turn on the lights now", "dim the lights to 101", "heat the attic"],
)
def test_other_sentences_are_not_understood(home, text):
    """Only what a template says is understood; nothing is guessed."""
    assert home.match(text, "en") is None


@pytest.mark.parametrize("text", ["dim the lights to 5", "dim the lights to five"])
def test_whole_numbers_are_int_however_they_were_heard(home, text):
    """Digits and words give the same type."""
    assert type(home.match(text, "en").slots["brightness"]) is int


def test_the_answer_of_the_file_comes_with_the_intent(home):
    """A response key leads to the template of that key; without responses there is none."""
    template = home.match("dim the lights to 5", "en").response_template
    assert template == "Brightness is {{ slots.brightness }} percent"
    assert home.match("turn on the lights", "en").response_template is None


def test_languages_do_not_mix(home):
    """Each language has its own sentences, lists and number words."""
    german = home.match("Schalte das Licht im Bad ein.", "de-AT")
    assert (german.name, german.slots, german.language) == (
        "HassTurnOn",
        {"room": "bath"},
        "de-AT",
    )
    assert home.match("licht auf fünfundzwanzig prozent", "de").slots == {"brightness": 25}
    assert home.match("turn on the lights", "de") is None
    assert home.match("turn on the lights", "fr") is None


def test_a_region_comes_before_its_language(recognizer):
    """`en-GB` is asked first and `en` answers what the region does not know."""
    matcher = recognizer.open_matcher(
        [
            source("intents: {Any: {data: [{sentences: [lift, stairs]}]}}"),
            source("intents: {British: {data: [{sentences: [lift]}]}}", language="en_GB"),
        ]
    )
    assert matcher.match("lift", "en-gb").name == "British"
    assert matcher.match("stairs", "en-GB").name == "Any"
    assert matcher.match("lift", "en-US").name == "Any"


def test_literal_words_win_over_wildcards(home):
    """The match with the most literal text is the best one."""
    assert home.match("add milk to the list", "en").slots == {}


def test_the_order_of_files_does_not_decide(recognizer):
    """Two intents that fit equally well: the same one wins for any order of sources."""
    first = source("intents: {Alpha: {data: [{sentences: [go]}]}}")
    second = source("intents: {Beta: {data: [{sentences: [go]}]}}")
    winners = {
        recognizer.open_matcher(order).match("go", "en").name
        for order in ([first, second], [second, first])
    }
    assert winners == {"Alpha"}


def test_ranges_of_the_same_bounds_keep_their_own_multiplier(recognizer):
    """A spoken number is multiplied by its own list's factor only."""
    bounds = "range: {from: 0, to: 77"
    matcher = recognizer.open_matcher(
        [
            source(
                "intents: {V: {data: [{sentences: ['volume {v}']}]},"
                " B: {data: [{sentences: ['bright {b}']}]}}\n"
                f"lists: {{v: {{{bounds}, multiplier: 0.01}}}}, b: {{{bounds}}}}}}}"
            )
        ]
    )
    assert matcher.match("volume fifty", "en").slots == {"v": 0.5}
    assert matcher.match("bright fifty", "en").slots == {"b": 50}


def test_a_mark_at_the_end_of_a_template_is_not_waited_for(recognizer):
    """Nobody says a question mark, so a template with one matches the words before it."""
    matcher = recognizer.open_matcher([one_intent("is it late?", "good night.", "at 5 p.m.")])
    for text in ("is it late", "is it late?", "good night", "at 5 p.m."):
        assert matcher.match(text, "en") is not None, text


def test_each_file_keeps_its_own_rule(recognizer):
    """Two plugins may name a rule alike: neither changes the sentences of the other."""
    matcher = recognizer.open_matcher(
        [
            source(
                "intents: {A: {data: [{sentences: ['<go> up']}]}}\nexpansion_rules: {go: climb}"
            ),
            source(
                "intents: {B: {data: [{sentences: ['<go> down']}]}}\nexpansion_rules: {go: fall}"
            ),
        ]
    )
    assert matcher.match("climb up", "en").name == "A"
    assert matcher.match("fall down", "en").name == "B"
    assert matcher.match("fall up", "en") is None


def test_files_share_lists_and_rules(recognizer):
    """As in Home Assistant, value lists of one name are joined and rules serve every file."""
    matcher = recognizer.open_matcher(
        [
            source("lists: {room: {values: [attic]}}\nexpansion_rules: {to: '(to|into)'}"),
            source("lists: {room: {values: [cellar]}}"),
            source("intents: {Go: {data: [{sentences: ['go <to> the {room}']}]}}"),
        ]
    )
    assert matcher.match("go into the attic", "en").slots == {"room": "attic"}
    assert matcher.match("go to the cellar", "en").slots == {"room": "cellar"}


def test_sources_are_left_as_they_were(recognizer):
    """Compiling reads the sources and writes nothing into them."""
    sources = recognizer.read_folder(str(CUSTOM_SENTENCES))
    before = copy.deepcopy(sources)
    recognizer.open_matcher(sources)
    assert sources == before


def test_threads_share_a_matcher(home):
    """Eight threads that match at once get what one thread gets."""
    wanted = [home.match(text, "en").slots for text, _, _ in UNDERSTOOD]
    results: list[list[Any]] = []

    def work() -> None:
        results.append([home.match(text, "en").slots for text, _, _ in UNDERSTOOD])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [wanted] * 8


ANY_TEXT = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from([*"-,?🎵’", "turn on", "the lights", "add", "to my list", "heat", "21.5"])
    ).map(" ".join),
)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=ANY_TEXT)
def test_no_text_makes_matching_raise(home, text):
    """Whatever a recogniser hears, the answer is an intent or None."""
    found = home.match(text, "en")
    assert found is None or found.text == text


def test_very_long_text_is_no_command(home):
    """A text beyond the limit is refused at once; one at the limit is still matched."""
    start, end = "add ", " to my list"
    fitting = start + "x" * (MAX_CHARACTERS - len(start + end)) + end
    assert home.match(fitting, "en").name == "IreneAddItem"
    assert home.match(fitting.replace("xx", "xxx", 1), "en") is None


def test_without_sentences_nothing_is_understood(recognizer):
    """A matcher of no sources is a matcher that never matches."""
    assert recognizer.open_matcher([]).match("hello", "en") is None


def test_the_name_of_a_thing_comes_before_its_room(recognizer):
    """As in Home Assistant: a lamp called "kitchen light" is not every light in the kitchen."""
    lists = {"name": {"values": ["kitchen light"]}, "area": {"values": ["kitchen"]}}
    content = {
        "intents": {
            "All": {"data": [{"sentences": ["turn on [the] {area} (light|lights)"]}]},
            "One": {"data": [{"sentences": ["turn on [the] {name}"]}]},
        },
        "lists": lists,
    }
    matcher = recognizer.open_matcher([SentenceSource("home", "en", content)])
    assert matcher.match("turn on the kitchen light", "en").name == "One"
    assert matcher.match("turn on the kitchen lights", "en").name == "All"


def test_an_intent_says_which_answer_fits(recognizer):
    """The `response` of its block, for handlers that answer themselves."""
    data = [
        {"sentences": ["which lights are on"], "response": "which"},
        {"sentences": ["are lights on"]},
    ]
    source = SentenceSource("home", "en", {"intents": {"State": {"data": data}}})
    matcher = recognizer.open_matcher([source])
    assert matcher.match("which lights are on", "en").response_key == "which"
    assert matcher.match("are lights on", "en").response_key == "default"
