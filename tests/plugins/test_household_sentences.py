"""What the bundled household handlers understand: the tables in tests/sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from irene import SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
yaml = pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer  # noqa: E402
from irene_plugins.intents.calculation.calculator import CalculatorHandler  # noqa: E402
from irene_plugins.intents.calculation.units import UnitHandler  # noqa: E402
from irene_plugins.intents.clock import DateHandler, TimeHandler  # noqa: E402
from irene_plugins.intents.conversation import (  # noqa: E402
    HelpHandler,
    RepeatHandler,
    SmallTalkHandler,
)
from irene_plugins.intents.notes.lists import ListHandler  # noqa: E402
from irene_plugins.intents.stopping import StopHandler  # noqa: E402
from irene_plugins.intents.volume import VolumeHandler  # noqa: E402

TABLES = Path(__file__).parents[1] / "sentences"
HANDLERS = (
    *(TimeHandler(), DateHandler(), HelpHandler(), RepeatHandler(), VolumeHandler()),
    *(StopHandler(), ListHandler(), UnitHandler(), CalculatorHandler(), SmallTalkHandler()),
)
LANGUAGES = ("en", "de")


def rows(language, name):
    """Return sentence, context, name of the intent (None: nobody's) and slots."""
    for test in yaml.safe_load((TABLES / language / f"{name}.yaml").read_text())["tests"]:
        wanted = test["intent"] or {}
        for sentence in test["sentences"]:
            yield sentence, test.get("context", {}), wanted.get("name"), wanted.get("slots", {})


def sources(language, handlers=HANDLERS):
    return [SentenceSource(h.name, language, h.sentences(language)) for h in handlers]


@pytest.fixture(scope="module", params=LANGUAGES)
def spoken(request):
    """A language, and the matcher of all handlers in it."""
    return request.param, HassilRecognizer().open_matcher(sources(request.param))


@pytest.mark.parametrize("name", [handler.name for handler in HANDLERS])
def test_a_table_is_understood_as_it_says(spoken, name):
    """Every sentence of every table: its intent and its slots, or nobody's."""
    language, matcher = spoken
    wrong = []
    for sentence, context, intent, slots in rows(language, name):
        found = matcher.match(sentence, language, context)
        got = (found.name, dict(found.slots)) if found else (None, {})
        if got != (intent, slots):
            wrong.append(f"{sentence!r} {context or ''}: {got}, not {(intent, slots)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.name)
def test_every_example_reaches_its_handler(spoken, handler):
    """What help offers really works, with the sentences of all handlers together."""
    language, matcher = spoken
    examples = handler.examples(language)
    assert examples
    for text in examples:
        found = matcher.match(text, language)
        assert found is not None, text
        assert found.name in handler.intents, text


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.name)
def test_a_handler_answers_what_its_sentences_mean(handler):
    """No template leads to an intent that nobody handles, in no language."""
    for language in LANGUAGES:
        assert set(handler.sentences(language)["intents"]) <= set(handler.intents)


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.name)
def test_a_handler_has_the_same_answers_in_every_language(handler):
    """Nobody is answered in two languages."""
    english, german = (handler.words("answers", language) for language in LANGUAGES)
    assert set(english) == set(german)


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.name)
def test_a_handler_says_what_its_intents_are_for(handler):
    """A language model reads names, slots and what must be given."""
    infos = handler.describe()
    assert {info.name for info in infos} == set(handler.intents)
    for info in infos:
        assert info.summary.endswith(".")
        assert set(info.required) <= set(info.slots)


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.name)
def test_a_handler_knows_the_regions_of_its_languages(handler):
    """`en_GB` is served like `en`; a language that it does not have is not."""
    assert handler.check().ready
    assert handler.sentences("de-AT") == handler.sentences("de")
    assert handler.sentences("en_GB") == handler.sentences("en")
    assert handler.sentences("tlh") is None
    assert handler.examples("tlh") == ()


def test_the_order_of_handlers_changes_nothing(spoken):
    """The bundled sources in the opposite order give the same intents."""
    language, matcher = spoken
    other = HassilRecognizer().open_matcher(sources(language, HANDLERS[::-1]))
    for name in ("time", "date", "help", "repeat", "stop", "smalltalk"):
        for sentence, context, _, _ in rows(language, name):
            assert other.match(sentence, language, context) == matcher.match(
                sentence, language, context
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_thing_to_buy_begins_with_another(language):
    """ "Coffee" beside "coffee filters" would double the grammar of every sentence with things."""
    things = ListHandler().sentences(language)["lists"]["grocery"]["values"]
    assert len(things) > 150
    assert not [(a, b) for a in things for b in things if b.startswith(f"{a} ")]
