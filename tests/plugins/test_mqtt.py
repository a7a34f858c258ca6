"""The MQTT handler against a broker on this machine that speaks MQTT 3.1.1."""

from __future__ import annotations

import json
import ssl
import threading
import time
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from local_server import closed_port
from small_broker import broker

from irene import ConfigurationError, HandlerContext, Intent, Response
from irene.testing import ScriptedServices

pytest.importorskip("paho.mqtt", reason="the extra `mqtt` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intents.network import mqtt
from irene_plugins.intents.network.mqtt import MqttHandler, MqttOptions

PASSWORD = "mqtt-0123456789"
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
INTENT = Intent("FeedCat", "feed the cat twice", slots={"times": 2, "room": "up/stairs #1"})
FAILED = Response("Sorry, that did not work.", "en")


@pytest.fixture
def services(tmp_path):
    return ScriptedServices(tmp_path)


@pytest.fixture
def running(monkeypatch):
    """Starts handlers, and closes them at the end; they try again sooner than in real life."""
    monkeypatch.setattr(mqtt, "SHORTEST_PAUSE_S", 0.05)
    handlers = []

    def run(port, services, **options):
        given = {"host": "127.0.0.1", "port": port, "intents": ("FeedCat",), **options}
        handler = MqttHandler(MqttOptions(**given))
        handler.load()
        handlers.append(handler)
        handler.start(services)
        return handler

    yield run
    for handler in handlers:
        handler.close()


def tell(handler, intent=INTENT, language="en"):
    return handler.handle(intent, HandlerContext(NOON, language, conversation="7"))


def until(is_so, seconds=5):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_an_intent_is_published(qos, services, running):
    """As JSON, with each quality of service; nothing is said."""
    with broker() as server:
        assert tell(running(server.port, services, qos=qos)) is None
        assert server.taken.wait(5)
        assert [*services.warned, *services.failures] == []
    (message,) = server.published
    assert (message.topic, message.qos, message.retain) == ("irene/intents/FeedCat", qos, False)
    assert json.loads(message.payload) == {
        "intent": "FeedCat",
        "slots": {"times": 2, "room": "up/stairs #1"},
        "text": "feed the cat twice",
        "language": "en",
        "conversation": "7",
        "time": "2026-03-01T12:00:00+00:00",
    }


def test_topic_payload_and_answer_are_templates(services, running):
    """A slot is one level of the topic, whatever is in it."""
    options = {
        "topic": "{language}/cat/{room}/{missing}",
        "payload": "{times} portions",
        "answers": {"FeedCat": "I feed it {times} times."},
        "retain": True,
    }
    with broker() as server:
        response = tell(running(server.port, services, **options))
    (message,) = server.published
    assert message.topic == "en/cat/up_stairs _1/"
    assert message.payload == b"2 portions"
    assert message.retain
    assert response == Response("I feed it 2 times.", "en")


def test_the_broker_may_ask_for_a_password(services, running):
    """User name and password."""
    with broker(login=("irene", PASSWORD)) as server:
        tell(running(server.port, services, username="irene", password=PASSWORD))
    assert len(server.published) == 1


def test_a_wrong_password_is_said_and_told(services, running, tmp_path):
    """Without the password; from a file, here."""
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    with broker(login=("irene", "another")) as server:
        handler = running(server.port, services, username="irene", password_file=str(file))
        assert tell(handler) == FAILED
    assert "refuses the connection: Not authorized" in services.warned[0]
    assert not [line for line in services.warned if PASSWORD in line]


def test_without_a_broker_the_assistant_starts(services, running):
    """What is asked then is not done later."""
    port = closed_port()
    handler = running(port, services)
    assert tell(handler) == FAILED
    assert services.warned[0] == f"mqtt: the broker at 127.0.0.1:{port} cannot be reached"
    with broker(port) as server:
        until(lambda: tell(handler, Intent("FeedCat", "again")) is None, 10)
    assert [json.loads(one.payload)["text"] for one in server.published] == ["again"]


def test_one_of_several_tables_is_told_by_its_own_name(services):
    """Two handlers that publish would be the same line twice."""
    handler = MqttHandler(MqttOptions(intents=("FeedCat",)))
    handler.configured_as = "lamps"
    handler.start(services)
    handler._on_connect_fail(None, None)
    assert services.warned == ["lamps: the broker at localhost:1883 cannot be reached"]


def test_an_answer_to_an_intent_that_is_not_published_is_refused():
    """It would never be said."""
    with pytest.raises(ConfigurationError, match=r"'FedCat', which is none of its intents"):
        MqttOptions(intents=("FeedCat",), answers={"FedCat": "Fed."})


def test_an_outage_that_is_found_while_the_assistant_starts_is_told_once(services, monkeypatch):
    """The thread of the connection finds it out right before `start` looks."""
    start = mqtt.OutwardHandler.start

    def start_late(self, services):
        start(self, services)
        self._on_connect_fail(None, None)

    monkeypatch.setattr(mqtt.OutwardHandler, "start", start_late)
    MqttHandler(MqttOptions(intents=("FeedCat",))).start(services)
    assert services.warned == ["mqtt: the broker at localhost:1883 cannot be reached"]


def test_a_broker_that_comes_back_is_used_again(services, running):
    """The handler notices both; an outage is told of once."""
    with broker() as first:
        handler = running(first.port, services)
        tell(handler)
    until(lambda: services.warned)
    assert services.warned == [
        f"mqtt: the broker at 127.0.0.1:{first.port} broke the connection off"
    ]
    assert tell(handler) == FAILED
    with broker(first.port) as second:
        until(lambda: tell(handler) is None, 10)
    assert len(second.published) == 1


def test_a_broker_that_says_nothing_is_not_waited_for(services, running):
    """The message may have arrived: the sentence does not say that it failed."""
    with broker() as server:
        handler = running(server.port, services)
        tell(handler)
        server.is_mute = True
        handler.options = replace(handler.options, timeout_ms=60)
        response = tell(handler)
    assert response == Response("Sorry, I am still waiting for an answer.", "en")
    assert services.failures[0].endswith("did not answer within 60 ms")


def test_a_connection_that_never_comes_about_is_not_waited_for(services, running):
    """A port that takes connections and says nothing."""
    with broker(
        prepare=lambda server: setattr(server, "finish_request", lambda *_: None)
    ) as server:
        handler = running(server.port, services, timeout_ms=60)
        assert tell(handler).text in (FAILED.text, "Sorry, I am still waiting for an answer.")


def encrypted(certificate):
    def prepare(server):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)

    return prepare


def test_the_connection_may_be_encrypted(certificate, services, running):
    """With a certificate of one's own."""
    with broker(prepare=encrypted(certificate)) as server:
        tell(running(server.port, services, tls=True, ca_file=str(certificate[0])))
    assert len(server.published) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate, services, running):
    """Before the password is sent."""
    with broker(prepare=encrypted(certificate)) as server:
        assert tell(running(server.port, services, tls=True)) == FAILED
    assert "cannot be reached" in services.warned[0]
    assert server.published == []


def test_closing_ends_the_thread_of_the_connection(services, running):
    """With a broker and without one; a second close does nothing."""
    before = set(threading.enumerate())
    with broker() as server:
        handler = running(server.port, services)
        tell(handler)
        handler.close()
        handler.close()
    other = running(closed_port(), services)
    other.close()
    until(lambda: not [one for one in set(threading.enumerate()) - before if "paho" in one.name])
    assert tell(handler) == FAILED


@pytest.mark.parametrize("topic", ["", "a/+/b", "a/#", "nul\0"])
def test_a_topic_that_matches_many_is_a_mistake_of_the_configuration(topic):
    """Nothing can be published there."""
    with pytest.raises(ConfigurationError, match="topic"):
        MqttOptions(topic=topic)


def test_a_certificate_file_that_is_missing_is_found_at_load(tmp_path, services, running):
    """Named with its key."""
    with pytest.raises(ConfigurationError, match=r"intents\.providers\.mqtt: ca_file"):
        running(1, services, tls=True, ca_file=str(tmp_path / "none.pem"))


def test_without_intents_it_is_not_ready():
    """`irene providers` says what to set."""
    assert "set intents" in MqttHandler().check().cure


def test_options_do_not_show_the_password():
    """In a traceback or a log."""
    assert PASSWORD not in repr(MqttOptions(password=PASSWORD))


def test_it_names_its_intents():
    """Those of the configuration."""
    handler = MqttHandler(MqttOptions(intents=("A", "B")))
    assert handler.intents == ("A", "B")
    assert [info.name for info in handler.describe()] == ["A", "B"]
    assert handler.sentences("en") is None
