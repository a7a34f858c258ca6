"""What handlers that ask other programs share: options, secrets, and how they tell of failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from irene import (
    ConfigurationError,
    HandlerContext,
    Intent,
    IreneError,
    Response,
    why_unreadable,
)
from irene_plugins.intents.bundled import BundledHandler
from irene_plugins.intents.network.addresses import check_url

if TYPE_CHECKING:
    from irene_plugins.intents.network.http_client import HttpClient

TIMEOUT_MS: Mapping[str, object] = {"range": (1, 3_600_000)}


@dataclass(frozen=True)
class AddressOptions:
    """How a web server is reached."""

    url: str = ""
    """address of the server"""
    verify_tls: bool = True
    """whether the certificate of an `https` address is checked"""
    ca_file: str = field(default="", metadata={"path": True})
    """certificates that are trusted besides those of the machine (PEM), for a server at home"""

    def __post_init__(self) -> None:
        if self.url:
            check_url(self.url)

    def client(self, name: str, headers: Mapping[str, str]) -> HttpClient:
        """Return the client of this server; messages call it `name`."""
        from irene_plugins.intents.network.http_client import HttpClient
        from irene_plugins.intents.network.http_exchange import Server

        return HttpClient(
            Server(
                name=name,
                url=self.url,
                headers=headers,
                verify_tls=self.verify_tls,
                ca_file=self.ca_file,
            )
        )


@dataclass(frozen=True)
class ServerOptions(AddressOptions):
    """How a web server is reached, and how long it may take."""

    timeout_ms: int = field(default=3000, metadata=TIMEOUT_MS)
    """longest time that an intent may take there; stay below `assistant.intent_timeout_ms`"""


OptionsT = TypeVar("OptionsT")


class OutwardHandler(BundledHandler[OptionsT]):
    """A handler whose work is done elsewhere.

    What fails there is said in one sentence, and told in one line to whoever runs the assistant:
    a server that is down ends no conversation.
    """

    repeatable: ClassVar[bool] = False

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return the templates of the language; None when its file holds only answers."""
        content = super().sentences(language)
        return content if content and "intents" in content else None

    def apology(self, error: IreneError, key: str, language: str) -> Response:
        """Return the sentence of that key, and tell that the command failed, and why.

        Raises:
            IreneError: the error itself, when there is nobody to tell.
        """
        if not self.is_started:
            raise error
        self.fail(error)
        return self.say(key, language)

    def fail(self, error: IreneError) -> None:
        """Tell that the command in progress failed, and why."""
        if self.is_started:
            self.services.failed(f"{self.configured_as or self.name}: {error}")

    def tell(self, error: IreneError) -> None:
        """Tell whoever runs the assistant of an error that came on its own."""
        if self.is_started:
            self.services.warn(f"{self.configured_as or self.name}: {error}")


def message_of(intent: Intent, context: HandlerContext) -> dict[str, object]:
    """Return an intent as other programs get it: JSON-ready."""
    return {
        "intent": intent.name,
        "slots": dict(intent.slots),
        "text": intent.text,
        "language": context.language,
        "conversation": context.conversation,
        "time": context.now.isoformat(),
    }


def secret_of(key: str, given: str, file: str) -> str:
    """Return a secret that was given itself, or in a file; empty when there is none.

    Args:
        key: name of the option, for messages.
        given: value of the option.
        file: value of the option KEY_file.

    Raises:
        ConfigurationError: the file cannot be read, or holds no secret.
    """
    if given or not file:
        return given.strip()
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{key}_file {file}: {why_unreadable(error)}") from None
    if not secret:
        raise ConfigurationError(f"{key}_file {file}: is empty")
    return secret
