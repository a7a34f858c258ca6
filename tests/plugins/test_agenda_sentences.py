"""The tables of sentences of timers, reminders and alarms: what each is understood as."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

import yaml
from intent_talk import matcher_of

from irene_plugins.intents.agenda.alarms import AlarmHandler
from irene_plugins.intents.agenda.reminders import ReminderHandler
from irene_plugins.intents.agenda.timers import TimerHandler

HANDLERS = (TimerHandler, ReminderHandler, AlarmHandler)
TABLES = Path(__file__).parents[1] / "sentences"


def rows():
    """Yield language, sentence, context, and name and slots of the intent, or None."""
    for language in ("en", "de"):
        for handler in HANDLERS:
            table = yaml.safe_load((TABLES / language / f"{handler.name}.yaml").read_text("utf-8"))
            for test in table["tests"]:
                for sentence in test["sentences"]:
                    yield language, sentence, test.get("context", {}), test["intent"]


@pytest.mark.parametrize(("language", "sentence", "context", "expected"), list(rows()))
def test_sentences_are_understood(language, sentence, context, expected):
    """Each sentence of the tables gives its intent and slots, with all three handlers at once."""
    found = matcher_of(HANDLERS, language).match(sentence, language, context)
    if expected is None:
        assert found is None
        return
    assert found is not None, "not understood"
    slots = {name: found.slots[name] for name in expected["slots"] if name in found.slots}
    assert (found.name, slots) == (expected["name"], expected["slots"])
    unexpected = set(found.slots) - set(expected["slots"])
    assert not unexpected


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", HANDLERS, ids=lambda kind: kind.name)
def test_a_handler_understands_its_own_examples(kind, language):
    """What help offers really works."""
    handler = kind()
    assert handler.check().ready
    for sentence in handler.examples(language):
        found = matcher_of(HANDLERS, language).match(sentence, language)
        assert found is not None, sentence
        assert found.name in handler.intents
