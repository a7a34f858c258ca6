"""The assistant in writing: the same answers, without ears and mouth."""

import asyncio
import threading

import pytest
from test_follow_up import Handler, Sentences, answers

from irene import ConfigurationError, IntentHandler, Response
from irene.config.loading import load_config
from irene.domain.events import SessionEnded
from irene.pipeline.typed import TypedAssistant
from irene.plugin.host import installed_plugins
from irene.testing import VirtualClock, registry_of


def converse(*texts, handler=Handler, clock=None, config=None):
    """Type these texts and return every event as a dict."""
    told = []
    settings = {
        "intent_recognition": {"default_provider": "anything"},
        "intents": {"handlers": [handler.name]},
        **(config or {}),
    }

    async def run():
        registry = registry_of(Sentences, handler, installed=installed_plugins())
        loaded = load_config(settings, registry=registry)
        async with TypedAssistant(loaded, registry, told.append, clock) as assistant:
            for text in texts:
                await assistant.ask(text)

    asyncio.run(run())
    return [event.to_dict() for event in told]


def test_a_text_gets_the_answer_that_speech_would_get():
    """Intent, answer and the end of the session."""
    events = converse("time")
    kinds = [event["event"] for event in events]
    assert kinds == ["intent_recognized", "response", "session_ended"]
    assert answers(events) == ["Time {}"]


def test_a_question_can_be_answered_in_writing():
    """The dialogue is the same."""
    events = converse("set a timer", "10")
    assert answers(events) == ["For how many minutes?", "Timer {'minutes': 10}"]


def test_what_is_not_understood_gets_the_apology():
    """And says so in the end of its session."""
    events = converse("banana")
    assert answers(events) == ["Sorry, I did not understand."]
    assert events[-1]["reason"] == "not_understood"


def test_a_handler_that_fails_costs_one_answer():
    """The next text is answered."""

    class Moody(Handler):
        """Fails for the weather."""

        contexts = []

        def handle(self, intent, context):
            """Fail, or not."""
            if intent.name == "Weather":
                raise KeyError("clouds")
            return super().handle(intent, context)

    events = converse("weather", "time", handler=Moody)
    reasons = [event["reason"] for event in events if event["event"] == "session_ended"]
    assert reasons == ["failed", "answered"]


@pytest.mark.parametrize("ending", ["cancelled", "failed"])
def test_a_question_that_is_broken_off_has_an_end(ending, monkeypatch):
    """By whoever asked, or by a bug: its session is over, and the next text is answered."""
    told = []
    held, begun = threading.Event(), threading.Event()

    class Slow(Handler):
        """Takes its time for the weather."""

        contexts = []

        def handle(self, intent, context):
            """Answer late."""
            if intent.name == "Weather":
                begun.set()
                held.wait(5)
            return super().handle(intent, context)

    async def run():
        registry = registry_of(Sentences, Slow, installed=installed_plugins())
        settings = {
            "intent_recognition": {"default_provider": "anything"},
            "intents": {"handlers": [Slow.name]},
        }
        loaded = load_config(settings, registry=registry)
        async with TypedAssistant(loaded, registry, told.append) as assistant:
            if ending == "cancelled":
                asking = asyncio.ensure_future(assistant.ask("weather"))
                while not begun.is_set():
                    await asyncio.sleep(0.001)
                asking.cancel()
            else:
                with monkeypatch.context() as patch:
                    patch.setattr(assistant._replier, "reply", lambda said: 1 / 0)
                    asking = asyncio.ensure_future(assistant.ask("weather"))
                    await asyncio.wait([asking])
            with pytest.raises((asyncio.CancelledError, ZeroDivisionError)):
                await asking
            held.set()
            await assistant.ask("time")

    asyncio.run(run())
    ends = [event for event in told if isinstance(event, SessionEnded)]
    assert [(end.session, end.reason) for end in ends] == [(1, ending), (2, "answered")]


def test_an_answer_in_pieces_is_told_piece_by_piece_and_whole():
    """What a language model says sentence by sentence."""

    class Talker(IntentHandler[None]):
        """Answers in pieces."""

        name = "talker"
        intents = ("Time",)

        def handle(self, intent, context):
            """Answer."""
            return Response("", pieces=iter(["One. ", "Two."]))

    events = converse("time", handler=Talker)
    kinds = [event["event"] for event in events]
    assert kinds[1:4] == ["response_partial", "response_partial", "response"]
    assert answers(events) == ["One. Two."]


def test_what_no_sentence_fits_goes_to_the_fallback():
    """`intents.fallback` names who answers then."""

    class Oracle(Handler):
        """Answers everything else."""

        def handle(self, intent, context):
            """Answer."""
            return Response(f"{intent.name}: {intent.text}")

    fallback = {"intents": {"handlers": [], "fallback": "answer"}}
    events = converse("meaning of life", handler=Oracle, config=fallback)
    assert answers(events) == ["IreneFallback: meaning of life"]
    assert events[-1]["reason"] == "answered"


def test_a_fallback_that_fails_leaves_the_apology():
    """And the failure is an event."""

    class Broken(Handler):
        """Never answers."""

        def handle(self, intent, context):
            """Fail."""
            raise ConnectionError("no network")

    fallback = {"intents": {"handlers": [], "fallback": "answer"}}
    events = converse("meaning of life", handler=Broken, config=fallback)
    assert answers(events) == ["Sorry, I did not understand."]
    assert any("no network" in event.get("message", "") for event in events)


def test_a_timer_is_due_between_two_texts():
    """Announcements are told whenever they come."""
    clock = VirtualClock()

    class Timer(Handler):
        """Announces at once."""

        contexts = []

        def start(self, services):
            """Announce what was missed."""
            services.announce(Response("Tea is ready."))

    events = converse("time", handler=Timer, clock=clock)
    assert [e["text"] for e in events if e["event"] == "announcement"] == ["Tea is ready."]


def test_an_assistant_that_understands_nothing_is_refused():
    """The message names the key."""
    config = {"intent_recognition": {"enabled": False, "default_provider": "anything"}}
    with pytest.raises(ConfigurationError, match=r"intent_recognition\.enabled"):
        converse("time", config=config)


def test_a_list_can_be_used_as_soon_as_it_was_made(tmp_path):
    """Its sentences are still being read then, and who says one of them is waited for."""
    pytest.importorskip("hassil", reason="the extra 'intents' is not installed")
    config = {
        "assistant": {"state_folder": str(tmp_path), "intent_timeout_ms": 60_000},
        "intent_recognition": {"default_provider": "hassil"},
        "intents": {"handlers": ["lists"]},
    }

    texts = "create a list called attic", "add a lamp to the attic list"
    assert answers(converse(*texts, config=config)) == [
        "I made the attic list.",
        "Added lamp to the attic list.",
    ]


def test_a_language_without_sentences_is_told():
    """Or everything gets the apology, and nobody learns why; one that has some says nothing."""

    async def warnings(language):
        told = []
        config = {"assistant": {"language": language}}
        registry = registry_of(installed=installed_plugins())
        async with TypedAssistant(load_config(config, registry=registry), registry, told.append):
            pass
        return [event.message for event in told if event.event == "warning"]

    (warning,) = asyncio.run(warnings("german"))
    assert warning.startswith("assistant.language = 'german': no handler")
    assert asyncio.run(warnings("de")) == []
