"""HTTP for downloads: time limits, few redirects, proxies and a mirror, and nothing but HTTP."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

from irene.errors import ConfigurationError, DownloadError, ModelMissingError

MOST_REDIRECTS = 5
CONNECT_S = 15.0
"""the longest that making a connection may take"""
STALL_S = 30.0
"""the longest that a server may send nothing"""
_LONGEST_WAIT_S = 60.0
"""of what a server may ask for by Retry-After"""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})


class Web:
    """Opens addresses; honours `http_proxy`, `https_proxy` and `no_proxy`.

    A redirect never leads from https to http, and never to another scheme.
    """

    def __init__(
        self,
        *,
        is_offline: bool = False,
        mirror: str = "",
        connect_s: float = CONNECT_S,
        stall_s: float = STALL_S,
    ) -> None:
        """Set where files come from, and how long may be waited.

        Raises:
            ConfigurationError: the mirror is no address of http or https.
        """
        if mirror and not _is_address(mirror):
            raise ConfigurationError(
                f"the mirror of models {mirror!r} is no address: "
                "https://HOST/PATH or http://HOST/PATH would be right"
            )
        self._is_offline = is_offline
        self._mirror = mirror.rstrip("/")
        self._connect_s = connect_s
        handlers = (urllib.request.ProxyHandler(), _Http(stall_s), _Https(stall_s))
        self._opener = urllib.request.OpenerDirector()
        for handler in handlers:
            self._opener.add_handler(handler)

    def require_online(self, url: str) -> None:
        """Refuse to fetch where that is switched off.

        Raises:
            ModelMissingError: offline was asked for.
        """
        if self._is_offline:
            raise ModelMissingError(f"{url} is not here, and fetching is switched off (offline)")

    def address(self, url: str) -> str:
        """Return where a file is fetched from: `MIRROR/HOST/PATH` where there is a mirror."""
        if not self._mirror:
            return url
        parts = urlsplit(url)
        return f"{self._mirror}/{parts.netloc}{parts.path}"

    def open(self, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """Return the response to a GET request, of status 200, 206 or 416, body unread.

        Raises:
            DownloadError: anything else came, or nothing.
            ModelMissingError: offline was asked for.
        """
        self.require_online(url)
        current = self.address(url)
        for _ in range(MOST_REDIRECTS + 1):
            response = self._once(current, headers)
            if response.status not in _REDIRECTS:
                return _useful(response, current)
            location = response.headers.get("Location", "")
            response.close()
            current = redirect_target(current, location)
        message = f"{url} redirects more than {MOST_REDIRECTS} times, last to {current}"
        raise DownloadError(message, retryable=False)

    def _once(self, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        given = {"User-Agent": "irene", "Accept-Encoding": "identity", **headers}
        request = urllib.request.Request(url, headers=given)
        try:
            response = self._opener.open(request, timeout=self._connect_s)
        except (OSError, http.client.HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            is_untrusted = isinstance(reason, ssl.SSLCertVerificationError)
            message = f"{url} cannot be reached: {_words(reason)}"
            raise DownloadError(message, retryable=not is_untrusted) from error
        assert isinstance(response, http.client.HTTPResponse)
        return response


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _words(reason: object) -> str:
    return str(reason) or type(reason).__name__


def redirect_target(url: str, location: str) -> str:
    """Return where a redirect leads to.

    Raises:
        DownloadError: it leads nowhere, from https to http, or out of the web.
    """
    target = urljoin(url, location)
    schemes = urlsplit(url).scheme, urlsplit(target).scheme
    if not location or schemes[1] not in ("http", "https") or schemes == ("https", "http"):
        message = f"{url} redirects to {location or 'nowhere'}, which is not followed"
        raise DownloadError(message, retryable=False)
    return target


def _useful(response: http.client.HTTPResponse, url: str) -> http.client.HTTPResponse:
    """Return the response if a file can be taken from it."""
    if response.status not in (200, 206, 416):
        response.close()
        raise DownloadError(
            f"{url} answers {response.status} {response.reason}",
            retryable=response.status in _WORTH_ANOTHER_TRY,
            after_s=_retry_after(response.headers.get("Retry-After", "")),
        )
    if response.headers.get("Content-Encoding", "identity") != "identity":
        response.close()
        message = f"{url} comes in a content encoding that was not asked for"
        raise DownloadError(message, retryable=False)
    return response


def _retry_after(text: str) -> float:
    return min(float(text), _LONGEST_WAIT_S) if text.strip().isdecimal() else 0.0


class _Connection(http.client.HTTPConnection):
    """One whose time limit after connecting is another than before."""

    stall_s = STALL_S

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(self.stall_s)


class _SecureConnection(http.client.HTTPSConnection):
    stall_s = STALL_S

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(self.stall_s)


def _made(cls: type[Any], stall_s: float, host: str, **settings: Any) -> Any:
    connection = cls(host, **settings)
    connection.stall_s = stall_s
    return connection


class _Http(urllib.request.HTTPHandler):
    def __init__(self, stall_s: float) -> None:
        super().__init__()
        self._maker = partial(_made, _Connection, stall_s)

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._maker, req)


class _Https(urllib.request.AbstractHTTPHandler):
    https_request = urllib.request.AbstractHTTPHandler.do_request_

    def __init__(self, stall_s: float) -> None:
        super().__init__()
        self._maker = partial(_made, _SecureConnection, stall_s)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._maker, req, context=ssl.create_default_context())
