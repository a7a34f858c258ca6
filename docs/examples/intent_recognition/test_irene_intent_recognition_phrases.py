"""The recogniser keeps its contract, and an assistant understands with it."""

from contextlib import closing

from irene_intent_recognition_phrases import PhrasesRecognizer

from irene import SentenceSource
from irene.testing import IntentRecognitionContract, ScriptedSession, speech


class TestPhrasesRecognizer(IntentRecognitionContract):
    """Every check of the contract of intent recognisers."""

    provider = PhrasesRecognizer


def test_a_list_may_say_what_its_words_stand_for():
    """The values of a list, an optional word and a rule."""
    content = {
        "intents": {"Dim": {"data": [{"sentences": ["<dim> [the] {room} light"]}]}},
        "lists": {"room": {"values": [{"in": "bath", "out": "bathroom"}]}},
        "expansion_rules": {"dim": "dim|turn down"},
    }
    with closing(
        PhrasesRecognizer().open_matcher([SentenceSource("a.yaml", "en", content)])
    ) as one:
        intent = one.match("Turn down the bath light!", "en")
        assert (intent.name, intent.slots) == ("Dim", {"room": "bathroom"})
        assert one.match("turn the bath light", "en") is None


def test_an_assistant_understands_with_it():
    """The question for the time, with the handler that is bundled."""
    session = ScriptedSession({"intents": {"handlers": ["time"]}}).using(PhrasesRecognizer)
    events = session.hears(speech())
    assert "HassGetCurrentTime" in [e.intent for e in events if e.event == "intent_recognized"]
