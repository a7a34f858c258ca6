"""The webhook handler: what it posts, what it makes of answers, and what it does without one."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from local_server import closed_port, serving

from irene import ConfigurationError, HandlerContext, Intent, ProviderFailedError, Response
from irene.testing import ScriptedServices

pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intents.network.webhook import WebhookHandler, WebhookOptions

TOKEN = "hook-0987654321"
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
CONTEXT = HandlerContext(NOON, "en", conversation="7")
INTENT = Intent("FeedCat", "feed the cat twice", slots={"times": 2}, language="en")


@pytest.fixture
def services(tmp_path):
    return ScriptedServices(tmp_path)


def handler_for(url: str, services, **options) -> WebhookHandler:
    handler = WebhookHandler(WebhookOptions(url=url, intents=("FeedCat",), **options))
    handler.load()
    handler.start(services)
    return handler


def answer_to(reply, services, **options):
    """Return what the handler says to an answer, and the server with its requests."""
    with serving(reply) as server:
        return handler_for(server.url + "/cat", services, **options).handle(INTENT, CONTEXT), server


def test_the_intent_is_posted(services):
    """Name, slots, words, language, conversation and time, with token and headers."""
    _, server = answer_to(
        lambda talk, _: talk.reply(200, {}), services, token=TOKEN, headers={"X-Room": "kitchen"}
    )
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/cat")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["x-room"] == "kitchen"
    assert request.json == {
        "intent": "FeedCat",
        "slots": {"times": 2},
        "text": "feed the cat twice",
        "language": "en",
        "conversation": "7",
        "time": "2026-03-01T12:00:00+00:00",
    }


def test_the_answer_is_the_response(services):
    """Every field that a response has."""
    said = {"text": "How often?", "asks": "times", "listens": True, "data": {"fed": 1}, "new": 1}
    response, _ = answer_to(lambda talk, _: talk.reply(200, said), services)
    assert response == Response("How often?", "en", asks="times", listens=True, data={"fed": 1})


def test_the_answer_may_name_its_language(services):
    """The voice follows it."""
    said = {"text": "Erledigt.", "language": "de"}
    response, _ = answer_to(lambda talk, _: talk.reply(200, said), services)
    assert response == Response("Erledigt.", "de")


@pytest.mark.parametrize("status", [200, 202, 204])
def test_an_empty_answer_says_nothing(status, services):
    """The other side just did it."""
    response, _ = answer_to(lambda talk, _: talk.reply(status), services)
    assert response is None
    assert [*services.warned, *services.failures] == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (lambda talk, _: talk.reply(500, {"error": "cat ran away"}), "status 500: cat ran away"),
        (lambda talk, _: talk.reply(401), "status 401"),
        (lambda talk, _: talk.reply(302, Location="/new"), "status 302"),
        (lambda talk, _: talk.reply(200, b"<html>"), "not JSON"),
        (lambda talk, _: talk.reply(200, ["text"]), "JSON that is no object"),
        (lambda talk, _: talk.reply(200, {"text": 7}), "a wrong value of 'text'"),
        (lambda talk, _: talk.reply(200, {"listens": "yes"}), "a wrong value of 'listens'"),
        (lambda talk, _: talk.reply(200, b" " * 300_000 + b"{}"), "more than 262144 bytes"),
        (lambda talk, _: talk.reply(307, Location="/cat"), "sends on more than 3 times"),
    ],
)
def test_what_is_no_answer_is_said_and_told(reply, reason, services):
    """One sentence for the person, one line for whoever runs the assistant."""
    response, server = answer_to(reply, services, token=TOKEN)
    assert response == Response("Sorry, that did not work.", "en")
    (line,) = services.failures
    assert line.startswith(f"webhook: the webhook at {server.url} ")
    assert reason in line
    assert TOKEN not in line
    assert "/cat" not in line


def test_a_slow_server_is_not_waited_for(services):
    """Its own sentence: it may still do what was asked."""
    response, _ = answer_to(lambda talk, _: talk.wait(), services, timeout_ms=50)
    assert response == Response("Sorry, I am still waiting for an answer.", "en")
    assert services.failures[0].endswith("did not answer within 50 ms")


def test_the_apology_is_in_the_language_of_the_conversation(services):
    """German, here."""
    handler = handler_for(f"http://127.0.0.1:{closed_port()}", services)
    said = handler.handle(INTENT, HandlerContext(NOON, "de-AT")).text
    assert said == "Das hat leider nicht geklappt."


def test_without_an_assistant_the_error_is_raised():
    """Nobody would see the line."""
    options = WebhookOptions(url=f"http://127.0.0.1:{closed_port()}", intents=("FeedCat",))
    with pytest.raises(ProviderFailedError, match="cannot be reached"):
        WebhookHandler(options).handle(INTENT, CONTEXT)


def test_a_redirect_on_the_same_server_keeps_the_token(services):
    """Method and body, too."""

    def reply(talk, request):
        moved = request.path == "/cat"
        talk.reply(307, Location="/new") if moved else talk.reply(200, {"text": "Fed."})

    response, server = answer_to(reply, services, token=TOKEN)
    assert response.text == "Fed."
    first, second = server.requests
    assert (second.method, second.path, second.json) == ("POST", "/new", first.json)
    assert second.headers["authorization"] == f"Bearer {TOKEN}"


def test_a_redirect_to_another_server_tells_it_no_secret(services):
    """Neither the token nor the other headers."""
    with serving(lambda talk, _: talk.reply(200, {"text": "Fed."})) as other:
        response, _ = answer_to(
            lambda talk, _: talk.reply(308, Location=f"{other.url}/there"),
            services,
            token=TOKEN,
            headers={"X-Api-Key": "k-12345"},
        )
    assert response.text == "Fed."
    (request,) = other.requests
    assert request.path == "/there"
    assert "authorization" not in request.headers
    assert "x-api-key" not in request.headers


def test_the_token_may_stand_in_a_file(services, tmp_path):
    """With the line break that editors put at its end."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    _, server = answer_to(lambda talk, _: talk.reply(204), services, token_file=str(file))
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "no such file"), ("\n", "is empty"), ("a\nb", "headers")]
)
def test_a_token_file_without_a_token_is_found_at_load(content, reason, tmp_path, services):
    """Not while somebody speaks."""
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigurationError, match=reason):
        handler_for("http://127.0.0.1:1", services, token_file=str(file))


@pytest.mark.parametrize("options", [{}, {"url": "http://host"}, {"intents": ("X",)}])
def test_a_webhook_without_address_or_intents_is_not_ready(options):
    """`irene providers` says what to set."""
    availability = WebhookHandler(WebhookOptions(**options)).check()
    assert not availability.ready
    assert "[intents.providers.webhook]" in availability.cure


def test_options_do_not_show_their_secrets():
    """In a traceback or a log."""
    options = WebhookOptions(url="http://host", token=TOKEN, headers={"X-Api-Key": TOKEN})
    assert TOKEN not in repr(options)


def test_it_names_its_intents():
    """Those of the configuration."""
    handler = WebhookHandler(WebhookOptions(url="http://host", intents=("A", "B")))
    assert handler.intents == ("A", "B")
    assert [info.name for info in handler.describe()] == ["A", "B"]
    assert handler.sentences("en") is None
