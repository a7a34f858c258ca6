"""Whole conversations in writing with handlers that ask other programs."""

from __future__ import annotations

import asyncio
import json

import pytest
from fake_home import TOKEN, FakeHome
from local_server import closed_port, serving

from irene.config.loading import load_config
from irene.pipeline.typed import TypedAssistant
from irene.plugin.registry import ComponentRegistry

pytest.importorskip("hassil", reason="the extra `intents` is not installed")


@pytest.fixture(scope="module")
def registry():
    return ComponentRegistry.installed()


@pytest.fixture
def converse(registry, tmp_path):
    """Type texts to an assistant with these handlers; return the answers, and all events."""

    def run(texts, providers, fallback=""):
        settings = {
            "assistant": {"state_folder": str(tmp_path)},
            "intents": {
                "handlers": ["time", "help", *providers],
                "fallback": fallback,
                "providers": providers,
            },
        }
        told = []

        async def talk():
            config = load_config(settings, registry=registry)
            async with TypedAssistant(config, registry, told.append) as assistant:
                for text in texts:
                    await assistant.ask(text)

        asyncio.run(talk())
        events = [event.to_dict() for event in told]
        return [event["text"] for event in events if event["event"] == "response"], events

    return run


def test_a_home_is_spoken_with(converse):
    """A question for the room, its answer, and a command that has nothing to do with it."""
    home = FakeHome()
    with serving(home) as server:
        answers, _ = converse(
            [
                "turn on the kitchen lamp",
                "turn off the lights",
                "in the bedroom",
                "turn on the lights in the kitchen",
                "set the living room to 21 degrees",
            ],
            {"homeassistant": {"url": server.url, "token": TOKEN}},
        )
    assert answers == [
        "Turned on Kitchen Lamp.",
        "In which room: Bedroom, Kitchen or Office?",
        "Turned off the lights.",
        "Turned on the lights.",
        "Set Living Room Thermostat to 21 degrees.",
    ]
    assert home.calls == [
        ("light.turn_on", {"entity_id": ["light.kitchen_lamp"]}),
        ("light.turn_off", {"entity_id": ["light.bedroom", "light.reading_1"]}),
        ("light.turn_on", {"entity_id": ["light.kitchen_lamp", "light.kitchen_ceiling"]}),
        ("climate.set_temperature", {"entity_id": ["climate.living"], "temperature": 21.0}),
    ]


def test_an_assistant_whose_home_is_away_does_everything_else(converse):
    """It warns once, and never shows the token."""
    home = {"url": f"http://127.0.0.1:{closed_port()}", "token": TOKEN}
    answers, events = converse(
        ["what time is it", "turn on the kitchen lamp"], {"homeassistant": home}
    )
    assert answers[0].startswith("It is ")
    assert answers[1] == "Sorry, I did not understand."
    (warning,) = [event["message"] for event in events if event["event"] == "warning"]
    assert "homeassistant: Home Assistant at http://127.0.0.1" in warning
    assert TOKEN not in json.dumps(events)


def streamed(talk, *deltas):
    talk.begin_stream()
    for delta in deltas:
        choice = {"delta": delta, "finish_reason": None}
        talk.chunk(f"data: {json.dumps({'choices': [choice]})}\n\n".encode())
    talk.chunk(b"data: [DONE]\n\n")
    talk.chunk(b"")


def test_a_model_answers_what_no_sentence_fits_and_acts_through_the_others(converse):
    """The sentences come first; the model switches a lamp of Home Assistant."""
    home = FakeHome()
    arguments = json.dumps({"name": "Kitchen Lamp"})
    function = {"name": "HassTurnOn", "arguments": arguments}

    def model(talk, request):
        last = request.json["messages"][-1]
        if last["role"] == "tool":
            streamed(talk, {"content": f"Sure. It says: {last['content']}"})
        else:
            call = {"index": 0, "id": "c1", "function": function}
            streamed(talk, {"tool_calls": [call]})

    with serving(home) as home_server, serving(model) as model_server:
        answers, events = converse(
            ["what time is it", "it is too dark to cook"],
            {
                "homeassistant": {"url": home_server.url, "token": TOKEN},
                "llm": {"url": model_server.url, "model": "small"},
            },
            fallback="llm",
        )
        assert len(model_server.requests) == 2
        offered = [tool["function"]["name"] for tool in model_server.requests[0].json["tools"]]
    assert "HassTurnOn" in offered
    assert home.calls == [("light.turn_on", {"entity_id": ["light.kitchen_lamp"]})]
    assert answers[1] == "Sure. It says: Turned on Kitchen Lamp."
    partial = [event["text"] for event in events if event["event"] == "response_partial"]
    assert partial == ["Sure.", "It says: Turned on Kitchen Lamp."]


def test_another_model_answers_when_the_first_cannot_be_reached(converse):
    """Nobody hears an apology, and the next question does not wait for the one that is down."""

    def model(talk, request):
        streamed(talk, {"content": "It scatters the light."})

    with serving(model) as server:
        answers, events = converse(
            ["why is the sky blue", "and the sunset red"],
            {
                "near": {"type": "llm", "url": f"http://localhost:{closed_port()}", "model": "a"},
                "far": {"type": "llm", "url": server.url, "model": "b"},
            },
            fallback=["near", "far"],
        )
        assert [request.json["model"] for request in server.requests] == ["b", "b"]
    assert answers == ["It scatters the light."] * 2
    failed = [event["provider"] for event in events if event["event"] == "provider_failed"]
    switched = [event["to"] for event in events if event["event"] == "provider_switched"]
    assert (failed, switched) == (["near"], ["far"])


def test_a_webhook_asks_and_is_answered(converse, tmp_path, registry):
    """A slot that another program asks for comes with the next utterance."""
    folder = tmp_path / "sentences" / "en"
    folder.mkdir(parents=True)
    (folder / "cat.yaml").write_text(
        "language: en\n"
        "intents:\n"
        "  FeedCat:\n"
        "    data:\n"
        "      - sentences: ['feed the cat']\n"
        "      - sentences: ['{times} (portion|portions)']\n"
        "        requires_context: {asks: times}\n"
        "lists:\n"
        "  times: {range: {from: 1, to: 9}}\n"
    )

    def cat(talk, request):
        slots = request.json["slots"]
        if "times" in slots:
            talk.reply(200, {"text": f"It gets {slots['times']}."})
        else:
            talk.reply(200, {"text": "How many?", "asks": "times"})

    with serving(cat) as server:
        settings = {
            "assistant": {"state_folder": str(tmp_path)},
            "intents": {
                "sentences": [str(folder.parent)],
                "handlers": ["webhook"],
                "providers": {"webhook": {"url": server.url, "intents": ["FeedCat"]}},
            },
        }
        told = []

        async def talk():
            config = load_config(settings, registry=registry)
            async with TypedAssistant(config, registry, told.append) as assistant:
                await assistant.ask("feed the cat")
                await assistant.ask("two portions")

        asyncio.run(talk())
    events = [event.to_dict() for event in told]
    assert [one["text"] for one in events if one["event"] == "response"] == [
        "How many?",
        "It gets 2.",
    ]
