"""Addresses and headers of web servers, checked; and what a request that failed is told as."""

from __future__ import annotations

from urllib.parse import urlsplit

from irene import ConfigurationError, ProviderFailedError


class RequestFailedError(ProviderFailedError):
    """A request that brought no answer of any use; `trouble` says why, in one word.

    `unreachable` (no connection), `late` (the deadline passed), `denied` (401 and 403),
    `unknown` (404), `refused` (any other status that is no success) or `garbled` (an answer that
    breaks off, is too large, or is not what it should be).
    """

    def __init__(self, message: str, trouble: str, status: int = 0) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.status = status


def check_url(url: str) -> None:
    """Raise a `ConfigurationError` for what is no address of a web server.

    The message does not repeat the address: a password may be in it.
    """
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        (parts.hostname or "").encode("idna")
    except ValueError:
        raise ConfigurationError("url is no address such as http://192.168.1.2:8123") from None
    if not sound or any(ord(sign) <= 32 or ord(sign) > 126 for sign in url):
        raise ConfigurationError("url is no address such as http://192.168.1.2:8123")
    if parts.username is not None:
        raise ConfigurationError("url holds a user name; give what the server asks for as a header")


def check_header(name: str, value: str) -> None:
    """Raise a `ConfigurationError` for a header that HTTP cannot carry; its value is not shown."""
    if not name or not all(sign.isalnum() or sign in "-_" for sign in name) or not name.isascii():
        raise ConfigurationError(f"headers: {name!r} is no name of a header")
    if not value.isascii() or not value.isprintable():
        raise ConfigurationError(f"headers: the value of {name} has signs that no header carries")


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
