"""The tier for sentences that were misheard a little."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import IntentMatcher, SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("rapidfuzz", reason="the extra `intents` is not installed")
yaml = pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.compilation import compile_sources  # noqa: E402
from irene_plugins.intent_recognition.fuzzy import (  # noqa: E402
    FuzzyMatcher,
    FuzzyOptions,
    FuzzyRecognizer,
)
from irene_plugins.intent_recognition.hassil import HassilRecognizer  # noqa: E402

DATA = Path(__file__).parents[1] / "data" / "sentences"
HOME = """
language: en
intents:
  HassGetCurrentTime:
    data:
      - sentences:
          - "<please> [<show>] what (time|hour) (is it|it is) [<now>] [please]"
          - "<please> [<show>] what( is|'s) [the] [current|exact|local] time [<now>] [please]"
          - "<please> <show> [the] [current|exact|local] time [<now>] [please]"
          - "do you (know what time it is|know the time|have the time) [please]"
  HassGetCurrentDate:
    data:
      - sentences:
          - "<please> [<show>] what( is|'s) [the] [current] date [today|now] [please]"
          - "<please> [<show>] (what|which) (day|month|year) (is it|it is) [today|now] [please]"
          - "<please> <show> [the] [current] date [today] [please]"
          - "do you know what (day|date) it is [today]"
  IreneHelp:
    data:
      - sentences:
          - "[please] help [me] [please]"
          - "i need [some|your] help"
          - "what (can you|are you able to) do [for me] [please]"
          - "(list|show me) [all] [the|your] (commands|skills)"
  IreneRepeat:
    data:
      - sentences:
          - "<please> (repeat|say) (that|it|this) [again|once more] [please]"
          - "<please> (repeat|say) what you [just] said [again] [please]"
          - "(what was that|what did you [just] say) [again|once more] [please]"
  TurnOn:
    data:
      - sentences: ["(turn|switch) on [all] [the] lights in [the] {area}", "lights on"]
  TurnOff:
    data:
      - sentences: ["(turn|switch) off [all] [the] lights in [the] {area}"]
  Lock:
    data:
      - sentences: ["lock [the] front door [please]"]
  Unlock:
    data:
      - sentences: ["unlock [the] front door [please]"]
  Dim:
    data:
      - sentences: ["dim [the] lights in [the] {area} to {level} [percent]"]
  Add:
    data:
      - sentences: ["add {item} to [the] shopping list"]
  Answer:
    data:
      - sentences: ["make it the green one instead"]
        requires_context: {asks: colour}
expansion_rules:
  please: "[please] [(can|could|would|will) you] [please]"
  show: "(tell [me]|give me|say|show me|let me know)"
  now: "(now|right now|at the moment|currently)"
lists:
  area: {values: [kitchen, living room, {in: office, out: study}]}
  level: {range: {from: 0, to: 100}}
  item: {wildcard: true}
responses:
  intents:
    Lock: {default: "Locked."}
"""


def opened(recognizer=FuzzyRecognizer, options=None) -> IntentMatcher:
    provider = recognizer(options)
    provider.load()
    return provider.open_matcher([SentenceSource("home", "en", yaml.safe_load(HOME))])


def test_near_sentences_are_gathered_when_it_warms_up():
    """Not when it is opened: who only checks sentences needs none. The first text needs them."""
    compiled = compile_sources([SentenceSource("warm", "en", yaml.safe_load(HOME))])
    matcher = FuzzyMatcher(compiled, FuzzyOptions())
    assert "near" not in vars(compiled.languages["en"])
    matcher.warm_up()
    gathered = vars(compiled.languages["en"])["near"]
    assert matcher.match("want time is it", "en") is not None
    assert compiled.languages["en"].near is gathered


def test_a_matcher_that_was_not_warmed_up_finds_the_same(fuzzy):
    """It gathers its sentences for the first text."""
    compiled = compile_sources([SentenceSource("cold", "en", yaml.safe_load(HOME))])
    cold = FuzzyMatcher(compiled, FuzzyOptions())
    assert cold.match("lock thee front door", "en") == fuzzy.match("lock thee front door", "en")


@pytest.fixture(scope="module")
def fuzzy() -> IntentMatcher:
    return opened()


@pytest.fixture(scope="module")
def exact() -> IntentMatcher:
    return opened(HassilRecognizer)


@pytest.mark.parametrize(
    ("heard", "intent", "slots"),
    [
        ("want time is it", "HassGetCurrentTime", {}),
        ("what was that a gain", None, {}),
        ("the lock the front door", "Lock", {}),
        ("lock thee front door", "Lock", {}),
        ("turn on the light in the kitchen", "TurnOn", {"area": "kitchen"}),
        ("turn off all of the lights in the office", None, {}),
        ("turn off the lites in the office", "TurnOff", {"area": "study"}),
        ("uh switch on lights in the living room", "TurnOn", {"area": "living room"}),
        ("switch on lights in the living room uh", None, {}),
        ("dim the light in the kitchen to fifty percent", "Dim", {"area": "kitchen", "level": 50}),
    ],
)
def test_small_mistakes_are_forgiven(fuzzy, exact, heard, intent, slots):
    """Words around names and numbers may be misheard, missing or too many."""
    assert exact.match(heard, "en") is None
    found = fuzzy.match(heard, "en")
    assert (found.name if found else None, dict(found.slots) if found else {}) == (intent, slots)
    if found is not None:
        assert found.text == heard
        assert 0.8 <= found.confidence < 1


@pytest.mark.parametrize(
    "heard",
    [
        "turn of the lights in the kitchen",
        "turn the lights in the kitchen",
        "don't turn on the lights in the kitchen",
        "never unlock the front door",
        "lock the back door",
        "log the front door",
        "unlocked the front door",
        "do not lock the front door",
        "turn on the lights in the garage",
        "turn on the lights in the kitten",
        "dim the lights in the kitchen to fifty five hundred",
        "dim the lights in the kitchen to fifty fine percent",
        "dim the lights in the kitchen to to percent",
        "dim the lights in the kitchen to 500 percent",
        "what time is it in tokyo",
        "what thyme is it",
        "add milk to the shopping lift",
        "the",
        "and the a",
        "play the beatles",
        "i'd like an iced mocha with a desert",
    ],
)
def test_what_decides_must_be_heard(fuzzy, heard):
    """Opposites, negations, names, numbers, and words that alone tell two meanings apart."""
    assert fuzzy.match(heard, "en") is None


def test_the_context_is_kept(fuzzy):
    """A sentence that answers a question is near only when the question was asked."""
    heard = "makes it the green one instead"
    assert fuzzy.match(heard, "en") is None
    assert fuzzy.match(heard, "en", {"asks": "colour"}).name == "Answer"


def test_the_files_own_answer_comes_along(fuzzy):
    """The tier renders what the exact tier would."""
    found = fuzzy.match("lock thee front door", "en")
    assert fuzzy.render(found, {}) == "Locked."


def test_the_threshold_decides_what_is_near(fuzzy):
    """A stricter tier takes less."""
    strict = opened(options=FuzzyOptions(threshold=0.97))
    assert fuzzy.match("turn off the lites in the office", "en") is not None
    assert strict.match("turn off the lites in the office", "en") is None


def test_other_languages_are_left_alone(fuzzy):
    """Sentences of one language are not near to another one's."""
    assert fuzzy.match("lock thee front door", "de") is None
    assert fuzzy.match("lock thee front door", "en-US").name == "Lock"


def misheard() -> list[tuple[str, str]]:
    with (DATA / "misheard.tsv").open(encoding="utf-8") as file:
        return [(row[0], row[1]) for row in csv.reader(file, delimiter="\t")]


def test_misheard_commands_are_understood_or_refused_never_confused(fuzzy, exact):
    """The table of docs/explanation/accuracy.md: what was said and what was heard."""
    right = wrong = 0
    rows = misheard()
    for said, heard in rows:
        meant, found = exact.match(said, "en"), fuzzy.match(heard, "en")
        if found is not None:
            is_right = meant is not None and (found.name, found.slots) == (meant.name, meant.slots)
            right, wrong = right + is_right, wrong + (not is_right)
    assert wrong == 0
    assert right >= 55


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=40) | st.lists(st.sampled_from(HOME.split()), max_size=30).map(" ".join))
def test_no_text_makes_it_raise(fuzzy, heard):
    """Whatever was heard, the answer is an intent with its slots, or None."""
    found = fuzzy.match(heard, "en")
    assert found is None or found.confidence < 1


def test_without_sentences_nothing_is_near():
    """A matcher of no sources matches nothing."""
    assert FuzzyRecognizer().open_matcher([]).match("hello", "en") is None
