"""A handler that publishes intents to an MQTT broker."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from irene import (
    Availability,
    ConfigurationError,
    HandlerContext,
    Intent,
    IntentInfo,
    Licence,
    ProviderFailedError,
    Response,
    Services,
    hookimpl,
    needs_package,
)
from irene_plugins.intents.network.deadline import Deadline
from irene_plugins.intents.network.outward import TIMEOUT_MS, OutwardHandler, message_of, secret_of
from irene_plugins.placeholders import require_spelt

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessageInfo

_SLOT = re.compile(r"\{(\w+)\}")
_NOT_IN_TOPICS = re.compile(r"[/+#\0]+")
SHORTEST_PAUSE_S = 1
LONGEST_PAUSE_S = 30
"""between two tries to reach a broker that is away"""


@dataclass(frozen=True)
class MqttOptions:
    """Which intents are published where."""

    host: str = "localhost"
    """name or address of the broker"""
    port: int = field(default=1883, metadata={"range": (1, 65_535)})
    """its port; 8883 is usual with TLS"""
    intents: tuple[str, ...] = ()
    """names of the intents that are published, such as those of your own sentence files"""
    topic: str = "irene/intents/{intent}"
    """topic; `{intent}`, `{language}` and `{SLOT}` are filled in"""
    payload: str = ""
    """payload, filled in likewise; empty publishes the intent as JSON"""
    answers: Mapping[str, str] = field(default_factory=dict)
    """what is said then: texts by name of the intent, filled in likewise; without one, nothing"""
    qos: Literal[0, 1, 2] = 1
    """0: sent at most once, 1: at least once, 2: exactly once"""
    retain: bool = False
    """whether the broker keeps the message for those who come later"""
    username: str = ""
    """what the broker knows the assistant as"""
    password: str = field(default="", repr=False)
    """what the broker asks for; better `${VARIABLE}` than the password itself"""
    password_file: str = field(default="", metadata={"path": True})
    """file that holds the password, instead of `password`"""
    client_id: str = ""
    """name of the connection; the broker gives one unless given"""
    tls: bool = False
    """whether the connection is encrypted"""
    verify_tls: bool = True
    """whether the certificate of the broker is checked"""
    ca_file: str = field(default="", metadata={"path": True})
    """certificates that are trusted besides those of the machine (PEM)"""
    timeout_ms: int = field(default=2000, metadata=TIMEOUT_MS)
    """longest time until the broker has taken a message; stay below
    `assistant.intent_timeout_ms`"""

    def __post_init__(self) -> None:
        if not self.topic or _NOT_IN_TOPICS.search(self.topic.replace("/", "")):
            raise ConfigurationError("topic must be a text without + and #")
        known = ("intent", "language")
        require_spelt("topic", (self.topic,), known)
        require_spelt("payload", (self.payload,), known)
        require_spelt("answers", self.answers.values(), known)
        for intent in self.answers:
            if self.intents and intent not in self.intents:
                named = ", ".join(self.intents)
                raise ConfigurationError(
                    f"answers has one to {intent!r}, which is none of its intents ({named})"
                )


class MqttHandler(OutwardHandler[MqttOptions]):
    """Publishes its intents; a connection that breaks is made again.

    While there is none, nothing is kept for later: a light that goes on an hour after the command
    helps nobody.
    """

    name = "mqtt"
    summary = "publishes intents to an MQTT broker"
    licence = Licence("EPL-2.0 OR BSD-3-Clause")
    Options = MqttOptions

    def __init__(self, options: MqttOptions | None = None) -> None:
        super().__init__(options)
        self.intents = self.options.intents
        self._broker = f"the broker at {self.options.host}:{self.options.port}"
        self._client: Client | None = None
        self._decided = threading.Event()
        """whether it is known if there is a connection"""
        self._problem = "has not answered yet"
        """why there is no connection; empty when there is one"""
        self._news: deque[str] = deque(maxlen=1)
        """an outage that nobody was told of yet"""

    def start(self, services: Services) -> None:
        """Tell of a broker that was not there at load."""
        super().start(services)
        self._tell_news()

    def handle(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Publish the intent, and wait until the broker has it."""
        deadline = Deadline(self.options.timeout_ms)
        words = {"intent": intent.name, "language": context.language, **intent.slots}
        try:
            self._publish(intent, context, words, deadline)
        except TimeoutError:
            late = f"{self._broker} did not answer within {deadline.total_ms} ms"
            return self.apology(ProviderFailedError(late), "late", context.language)
        except ProviderFailedError as error:
            return self.apology(error, "failed", context.language)
        answer = self.options.answers.get(intent.name, "")
        return Response(_filled(answer, words), context.language) if answer else None

    def describe(self) -> Sequence[IntentInfo]:
        """Name the intents; what they are for, only the other side knows."""
        return [IntentInfo(name) for name in self.intents]

    def _publish(
        self,
        intent: Intent,
        context: HandlerContext,
        words: Mapping[str, object],
        deadline: Deadline,
    ) -> None:
        client = self._client
        self._decided.wait(deadline.left_s())
        if client is None or self._problem:
            raise ProviderFailedError(f"{self._broker} {self._problem or 'was left'}")
        topic = _filled(self.options.topic, {name: _level(word) for name, word in words.items()})
        message = json.dumps(message_of(intent, context), ensure_ascii=False)
        payload = _filled(self.options.payload, words) if self.options.payload else message
        try:
            sent = client.publish(topic, payload, self.options.qos, self.options.retain)
            _wait(sent, deadline)
        except (ValueError, RuntimeError) as error:
            raise ProviderFailedError(f"{self._broker} did not take the message: {error}") from None

    def _check(self) -> Availability:
        if not self.options.intents:
            return Availability(False, "no intent is published", f"set intents in [{self._table}]")
        paho = needs_package("paho", "mqtt")
        return super()._check() if paho.ready else paho

    def _load(self) -> None:
        """Begin to connect; without a broker the assistant starts all the same."""
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        from irene_plugins.intents.network.http_sockets import tls_context

        client = Client(CallbackAPIVersion.VERSION2, self.options.client_id)
        try:
            if self.options.username:
                client.username_pw_set(self.options.username, self._password())
            if self.options.tls:
                client.tls_set_context(tls_context(self.options.verify_tls, self.options.ca_file))
        except ConfigurationError as error:
            raise ConfigurationError(f"{self._table}: {error}") from None
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.reconnect_delay_set(SHORTEST_PAUSE_S, LONGEST_PAUSE_S)
        client.connect_async(self.options.host, self.options.port)
        client.loop_start()
        self._client = client

    def _password(self) -> str | None:
        options = self.options
        return secret_of("password", options.password, options.password_file) or None

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        self._decide(f"refuses the connection: {reason}" if reason.is_failure else "")

    def _on_connect_fail(self, _client: Any, _data: Any) -> None:
        self._decide("cannot be reached")

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, _why: Any, _more: Any) -> None:
        if self._client is not None and not self._problem:
            self._decide("broke the connection off")

    def _decide(self, problem: str) -> None:
        """Take note of how the connection is; an outage is told of once."""
        if not problem:
            self._news.clear()
        elif problem != self._problem:
            self._news.append(problem)
        self._problem = problem
        self._decided.set()
        self._tell_news()

    def _tell_news(self) -> None:
        """Tell of an outage once there is somebody to tell; the first of two threads does."""
        if self.is_started:
            with suppress(IndexError):  # there is none, or the other thread has it
                self.tell(ProviderFailedError(f"{self._broker} {self._news.popleft()}"))

    def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()  # its thread ends then; who waited for it might wait for a second


def _wait(sent: MQTTMessageInfo, deadline: Deadline) -> None:
    """Wait until the broker has a message.

    Raises:
        TimeoutError: it does not say so in time.
    """
    sent.wait_for_publish(deadline.left_s())
    if not sent.is_published():
        raise TimeoutError


def _filled(template: str, words: Mapping[str, object]) -> str:
    """Return a template with its `{names}` replaced; what is not known stays away."""
    return _SLOT.sub(lambda found: str(words.get(found[1], "")), template)


def _level(word: object) -> str:
    """Return a word as a level of a topic: no signs that divide or match topics."""
    return _NOT_IN_TOPICS.sub("_", str(word)).strip() or "_"


@hookimpl
def irene_intent_handlers() -> list[type[MqttHandler]]:
    """Offer the publisher."""
    return [MqttHandler]
