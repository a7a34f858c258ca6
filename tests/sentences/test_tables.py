"""The sentences of all bundled handlers, tried with the tables in this folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_home import GERMAN, TOKEN, FakeHome
from local_server import serving

from irene import Intent, IntentMatcher, SentenceSource, SentenceTest
from irene.components.understanding.sentence_checks import collisions, try_sentences
from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry
from irene.testing import ScriptedServices

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer
from irene_plugins.intents.homeassistant.handler import (
    HomeAssistantHandler,
    HomeAssistantOptions,
)

TABLES = sorted(Path(__file__).parent.glob("*/*.yaml"))
LANGUAGES = sorted({table.parent.name for table in TABLES})


def bundled_handlers():
    registry = ComponentRegistry.installed()
    classes = [entry.cls for entry in registry.entries(Kind.INTENTS).values()]
    return [cls(None) for cls in classes if cls.__module__.startswith("irene_plugins.")]


def home_handler(language, folder):
    """Return the handler of the home that the tables are about, names in that language."""
    with serving(FakeHome(GERMAN if language == "de" else {})) as server:
        handler = HomeAssistantHandler(HomeAssistantOptions(url=server.url, token=TOKEN))
        handler.load()
        handler.start(ScriptedServices(folder))
    return handler


@pytest.fixture(scope="module")
def matchers(tmp_path_factory):
    """The sentences of every bundled handler, by language."""
    found = {}
    for language in LANGUAGES:
        handlers = {handler.name: handler for handler in bundled_handlers()}
        handlers["homeassistant"] = home_handler(language, tmp_path_factory.mktemp("state"))
        contents = {name: handler.sentences(language) for name, handler in handlers.items()}
        sources = [SentenceSource(name, language, one) for name, one in contents.items() if one]
        found[language] = HassilRecognizer().open_matcher(sources)
    return found


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.parent.name}/{table.stem}")
def test_every_sentence_of_a_table_is_understood_as_it_says(matchers, table):
    """Intent and slots are the expected ones, nothing else fits as well, and nonsense is none."""
    language = table.parent.name
    tests = HassilRecognizer().read_tests(str(table))
    assert {test.language for test in tests} == {language}
    results = list(try_sentences(matchers[language], tests))
    wrong = [f"{r.test.origin}: {r.test.sentence}: {p}" for r in results for p in r.problems]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_bundled_intents_share_a_sentence(matchers, language):
    """Whatever two handlers understand, no sentence is decided by the names of intents."""
    samples = matchers[language].samples(language, 5)
    assert list(map(str, collisions(matchers[language], language, samples))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_bundled_sentences_lack_nothing(matchers, language):
    """Every list and rule that a bundled handler's sentences use is there."""
    assert list(matchers[language].warnings()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_bundled_intent_has_a_table(matchers, language):
    """A handler with sentences in a language has a table of them, each intent at least once."""
    tested = {
        test.intent
        for table in TABLES
        if table.parent.name == language
        for test in HassilRecognizer().read_tests(str(table))
    }
    known = {sample.intent for sample in matchers[language].samples(language, 1)}
    assert known - tested == set()


class TwoMeanings(IntentMatcher):
    """A matcher for which one sentence has two intents."""

    def match(self, text, language, context=None):
        return Intent("A", text, slots={"x": 1})

    def match_all(self, text, language, context=None):
        return [self.match(text, language), Intent("B", text)]


@pytest.mark.parametrize(
    ("expected", "slots", "problems"),
    [
        ("A", {"x": 1}, ["fits B just as well as A"]),
        ("A", {"x": [2, 1]}, ["fits B just as well as A"]),
        ("C", {}, ["understood as A (x = 1); expected C"]),
        (None, {}, ["understood as A (x = 1); nobody should understand it"]),
        (
            "A",
            {"x": 2, "y": 3},
            [
                "slot 'x' is 1; expected 2",
                "slot 'y' is missing; expected 3",
                "fits B just as well as A",
            ],
        ),
        ("A", {}, ["slot 'x' is 1; expected no such slot", "fits B just as well as A"]),
    ],
)
def test_what_is_not_as_expected_is_told(expected, slots, problems):
    """Wrong intents, wrong, missing and unexpected slots, and ties: one line each."""
    test = SentenceTest("t.yaml:3", "go", "en", expected, slots)
    (result,) = try_sentences(TwoMeanings(), [test])
    assert list(result.problems) == problems
