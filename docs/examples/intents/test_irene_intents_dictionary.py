"""The handler keeps its contract, and an assistant answers with it."""

import pytest
from irene_intents_dictionary import DictionaryHandler

from irene import Intent
from irene.testing import IntentsContract, ScriptedSession, speech


class TestDictionaryHandler(IntentsContract):
    """Every check of the contract of handlers."""

    provider = DictionaryHandler
    known = (Intent("ExplainWord", "what does zephyr mean", slots={"word": "zephyr"}),)


def test_an_assistant_answers_with_it():
    """A spoken question is answered."""
    pytest.importorskip("hassil", reason="sentences are understood by irene-voice[intents]")
    session = ScriptedSession(said="what does zephyr mean").using(DictionaryHandler)
    events = session.hears(speech())
    answers = [event.text for event in events if event.event == "response"]
    assert answers == ["zephyr: a soft, gentle wind."]
