"""A handler that passes intents on to a web address, and says what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from irene import (
    Availability,
    ConfigurationError,
    HandlerContext,
    Intent,
    IntentInfo,
    Response,
    hookimpl,
)
from irene_plugins.intents.network.addresses import RequestFailedError, check_header, origin_of
from irene_plugins.intents.network.deadline import Deadline
from irene_plugins.intents.network.outward import (
    OutwardHandler,
    ServerOptions,
    message_of,
    secret_of,
)

if TYPE_CHECKING:
    from irene_plugins.intents.network.http_client import HttpClient, Reply

MAX_BYTES = 256 * 1024
"""largest answer that is taken"""
MAX_REDIRECTS = 3


@dataclass(frozen=True)
class WebhookOptions(ServerOptions):
    """Which intents go where."""

    intents: tuple[str, ...] = ()
    """names of the intents that are passed on, such as those of your own sentence files"""
    token: str = field(default="", repr=False)
    """sent as `Authorization: Bearer TOKEN`; better `${VARIABLE}` than the token itself"""
    token_file: str = field(default="", metadata={"path": True})
    """file that holds the token, instead of `token`"""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """further headers, sent with every request"""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in self.headers.items():
            check_header(name, value)


class WebhookHandler(OutwardHandler[WebhookOptions]):
    """Posts its intents as JSON; the JSON that comes back is the answer, nothing says nothing.

    `text` is spoken; `language`, `asks`, `listens` and `data` are those of a `Response`.
    """

    name = "webhook"
    summary = "passes intents on to a web address"
    Options = WebhookOptions

    def __init__(self, options: WebhookOptions | None = None) -> None:
        super().__init__(options)
        self.intents = self.options.intents

    def handle(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Post the intent and return the answer."""
        try:
            return self._answer(message_of(intent, context), context.language)
        except RequestFailedError as error:
            return self.apology(
                error, "late" if error.trouble == "late" else "failed", context.language
            )

    def describe(self) -> Sequence[IntentInfo]:
        """Name the intents; what they are for, only the other side knows."""
        return [IntentInfo(name) for name in self.intents]

    def _answer(self, body: Mapping[str, object], language: str) -> Response | None:
        client, reply = self._post(self.options, body, Deadline(self.options.timeout_ms))
        if 200 <= reply.status < 300 and not reply.body.strip():
            return None
        return _response(client, client.json_of(reply), language)

    def _post(
        self, options: WebhookOptions, body: Mapping[str, object], deadline: Deadline
    ) -> tuple[HttpClient, Reply]:
        """Return the answer of the address, or of the one that it sends on to."""
        from irene_plugins.intents.network.http_client import Reply, redirected

        for _ in range(MAX_REDIRECTS + 1):
            client = options.client("the webhook", self._headers(options))
            exchange = client.open("POST", "", deadline, body)
            try:
                target = redirected(options.url, exchange)
                if not target:
                    kind = exchange.content_type
                    return client, Reply(exchange.status, exchange.read(MAX_BYTES), kind)
            finally:
                exchange.close()
            options = _moved(options, target)
        raise client.garbled(f"sends on more than {MAX_REDIRECTS} times")

    def _headers(self, options: WebhookOptions) -> dict[str, str]:
        token = secret_of("token", options.token, options.token_file)
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        return {**bearer, **options.headers}

    def _check(self) -> Availability:
        if not self.options.url:
            return Availability(False, "the address is not known", f"set url in [{self._table}]")
        if not self.options.intents:
            return Availability(False, "no intent is passed on", f"set intents in [{self._table}]")
        return super()._check()

    def _load(self) -> None:
        """Find mistakes in token and certificates now, not while somebody speaks."""
        try:
            self.options.client("the webhook", self._headers(self.options))
        except ConfigurationError as error:
            raise ConfigurationError(f"{self._table}: {error}") from None


def _moved(options: WebhookOptions, target: str) -> WebhookOptions:
    """Return the options for another address; another server learns no secret."""
    if origin_of(options.url) == origin_of(target):
        return replace(options, url=target)
    return replace(options, url=target, token="", token_file="", headers={})


def _response(client: HttpClient, found: Any, language: str) -> Response:
    if not isinstance(found, Mapping):
        raise client.garbled("sent JSON that is no object")
    wanted = {"text": str, "language": str, "asks": str, "listens": bool, "data": Mapping}
    for key, kind in wanted.items():
        if key in found and not isinstance(found[key], kind):
            raise client.garbled(f"sent a wrong value of {key!r}")
    given = {key: found[key] for key in wanted if key in found}
    return Response(**{"text": "", "language": language, **given})


@hookimpl
def irene_intent_handlers() -> list[type[WebhookHandler]]:
    """Offer the webhook."""
    return [WebhookHandler]
