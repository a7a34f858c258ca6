"""Requests over HTTP: bounded in time and size, whatever the server does, and silent on secrets."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_server import closed_port, serving

from irene import ConfigurationError
from irene_plugins.intents.network.addresses import RequestFailedError, check_url
from irene_plugins.intents.network.deadline import Deadline
from irene_plugins.intents.network.http_client import HttpClient, redirected
from irene_plugins.intents.network.http_exchange import Server

TOKEN = "tok-1234567890"
SOON_MS = 60
PATIENCE_S = 30
"""a server of these tests says nothing for twice as long"""


def client(url: str, **options) -> HttpClient:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return HttpClient(Server(name="The test", url=url, headers=headers, **options))


def failure(url: str, *, ms: float = 3000, path: str = "/x", **options) -> RequestFailedError:
    """Return the error of a request."""
    one = client(url)
    with pytest.raises(RequestFailedError) as raised:
        one.json_of(one.request("GET", path, Deadline(ms), **options))
    message = str(raised.value)
    assert TOKEN not in message
    assert "\n" not in message
    return raised.value


def test_a_request_carries_its_headers_and_its_body():
    """Body as JSON in UTF-8, token as it was given, and the path after the server's own."""
    with serving(lambda talk, _: talk.reply(200, {"well": "done"})) as server:
        one = client(server.url + "/deep/")
        reply = one.request("POST", "/x?y=1", Deadline(3000), {"grüße": "ß"})
        assert one.json_of(reply) == {"well": "done"}
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/deep/x?y=1")
    assert request.json == {"grüße": "ß"}
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json"


def test_half_a_character_is_sent_as_a_question_mark():
    """A language model may have said one; the request is valid UTF-8 all the same."""
    with serving(lambda talk, _: talk.reply(200)) as server:
        client(server.url).request("POST", "/x", Deadline(3000), {"said": "smile \ud83d"})
    assert server.requests[0].json == {"said": "smile ?"}


def test_the_query_of_the_address_is_kept():
    """A webhook's address is used exactly as it was given."""
    with serving(lambda talk, _: talk.reply(200)) as server:
        client(server.url + "/hook/?key=a%20b").request("POST", "", Deadline(3000), {})
    assert server.requests[0].path == "/hook/?key=a%20b"


def test_nobody_there_is_said_as_such():
    """A closed port."""
    error = failure(f"http://127.0.0.1:{closed_port()}")
    assert error.trouble == "unreachable"
    assert "cannot be reached: Connection refused" in str(error)


def test_a_server_that_says_nothing_costs_the_time_that_it_was_given():
    """No byte before the deadline."""
    with serving(lambda talk, _: talk.wait()) as server:
        began = time.monotonic()
        error = failure(server.url, ms=SOON_MS)
        assert time.monotonic() - began < PATIENCE_S
    assert error.trouble == "late"
    assert str(error).endswith(f"did not answer within {SOON_MS} ms")


def drip(talk, _):
    """Send a byte of the head now and then, without end."""
    talk.close_connection = True
    while not talk.server.over.wait(0.005):
        talk.wfile.write(b"H")


def test_a_server_that_drips_does_not_put_the_deadline_off():
    """Each byte comes soon after the last, the answer never ends."""
    with serving(drip) as server:
        began = time.monotonic()
        error = failure(server.url, ms=SOON_MS)
        assert time.monotonic() - began < PATIENCE_S
    assert error.trouble == "late"


def test_a_body_that_drips_does_not_put_the_deadline_off_either():
    """The head is there, the body takes for ever."""

    def answer(talk, _):
        talk.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        drip(talk, _)

    with serving(answer) as server:
        assert failure(server.url, ms=SOON_MS).trouble == "late"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"", "broke the connection off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "did not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "broke off in its answer"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}",
            "broke the connection off",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{]", "sent something that is not JSON"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe", "not JSON"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "not JSON"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n", "did not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000, "did not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_answer_is_one_clear_error(said, words):
    """Nothing, another protocol, a part, or nonsense."""
    with serving(lambda talk, _: talk.raw(said)) as server:
        error = failure(server.url)
    assert error.trouble == "garbled"
    assert words in str(error)


def test_an_answer_without_end_is_not_read_to_its_end():
    """Memory is bounded by the size that the caller takes."""

    def answer(talk, _):
        talk.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        talk.close_connection = True
        while not talk.server.over.is_set():
            talk.wfile.write(b" " * 4096)

    with serving(answer) as server:
        error = failure(server.url, max_bytes=10_000)
    assert str(error).endswith("sent more than 10000 bytes")


@pytest.mark.parametrize(
    ("status", "trouble"),
    [(401, "denied"), (403, "denied"), (404, "unknown"), (429, "refused"), (500, "refused")],
)
def test_a_status_that_is_no_success_is_an_error(status, trouble):
    """With the number, and the server's own words when they are safe to show."""
    body = {"error": {"message": f"never\n say {TOKEN}"}}
    with serving(lambda talk, _: talk.reply(status, body)) as server:
        error = failure(server.url)
    assert (error.trouble, error.status) == (trouble, status)
    assert f"status {status}" in str(error)
    assert ("never say ***" in str(error)) == (trouble != "denied")


def test_an_exchange_that_is_closed_before_it_asks_asks_nothing():
    """It was connected already: no second connection is made for the request."""

    class Closing(str):
        """The name of a header, which ends the exchange when the request is written."""

        def lower(self):
            exchange.close()
            return super().lower()

    with serving(lambda talk, _: talk.reply(200)) as server:
        one = HttpClient(Server(name="The test", url=server.url, headers={Closing("X-End"): "now"}))
        exchange = one.prepare(Deadline(PATIENCE_S * 1000))
        with pytest.raises(RequestFailedError):
            exchange.begin("GET", "/")
    assert server.requests == []


def test_an_exchange_is_closed_from_another_thread():
    """Whoever waits for the next bytes is woken at once."""

    def answer(talk, _):
        talk.begin_stream()
        talk.chunk(b"one")
        talk.wait()

    with serving(answer) as server:
        exchange = client(server.url).open("GET", "/", Deadline(5000))
        assert exchange.read_some() == b"one"
        began = time.monotonic()
        threading.Timer(0.005, exchange.close).start()
        with contextlib.suppress(RequestFailedError):
            assert exchange.read_some() == b""
        assert time.monotonic() - began < PATIENCE_S
        assert exchange.closed


@pytest.fixture
def secure(certificate):
    """A server with that certificate."""

    def prepare(server):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)

    with serving(lambda talk, _: talk.reply(200, [1]), prepare) as server:
        yield server


def test_a_certificate_that_nobody_vouches_for_is_refused(secure):
    """Before the token is sent."""
    error = failure(secure.url)
    assert error.trouble == "unreachable"
    assert "certificate that is not trusted" in str(error)
    assert secure.requests == []


def test_a_certificate_file_makes_it_trusted(secure, certificate):
    """The way for a server at home."""
    one = client(secure.url, ca_file=str(certificate[0]))
    assert one.json_of(one.request("GET", "/", Deadline(3000))) == [1]


def test_the_check_of_certificates_can_be_switched_off(secure):
    """For those who know why."""
    one = client(secure.url, verify_tls=False)
    assert one.json_of(one.request("GET", "/", Deadline(3000))) == [1]


def test_a_certificate_file_that_is_none_is_a_mistake_of_the_configuration(tmp_path):
    """Found when the client is made."""
    with pytest.raises(ConfigurationError, match="ca_file"):
        client("https://127.0.0.1:1", ca_file=str(tmp_path / "missing.pem"))
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    with pytest.raises(ConfigurationError, match="no certificates in it"):
        client("https://127.0.0.1:1", ca_file=str(empty))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "homeassistant.local",
        "ftp://host",
        "file:///etc/passwd",
        "http://",
        "http://host:99999",
        "http://host/a b",
        "http://host\r\nX: y",
        "http://[::1",
        "http://user:pa55word@host",
        "http://.bad..host",
    ],
)
def test_what_is_no_address_is_refused_without_being_shown(url):
    """There may be a password in it."""
    with pytest.raises(ConfigurationError) as raised:
        check_url(url)
    assert "pa55word" not in str(raised.value)


@given(st.text())
def test_any_text_is_an_address_or_a_configuration_error(text):
    """Nothing else comes out of the check."""
    for url in (text, f"http://{text}"):
        try:
            check_url(url)
        except ConfigurationError:
            continue


@pytest.mark.parametrize("value", ["line\nbreak", "Bearer tök", "nul\0"])
def test_a_header_that_http_cannot_carry_is_refused_without_being_shown(value):
    """A token file that holds two lines."""
    with pytest.raises(ConfigurationError) as raised:
        Server(name="x", url="http://host", headers={"Authorization": value})
    assert value not in str(raised.value)


def test_a_server_does_not_show_its_headers():
    """In a traceback or a log."""
    server = Server(name="x", url="http://host", headers={"Authorization": f"Bearer {TOKEN}"})
    assert TOKEN not in repr(server)


class Moved:
    """The head of an answer that sends the client elsewhere."""

    def __init__(self, status, place):
        self.status, self.place = status, place

    def header(self, name):
        return self.place if name == "Location" else ""


@pytest.mark.parametrize(
    ("status", "place", "target"),
    [
        (307, "/new", "https://a/new"),
        (308, "https://b/x", "https://b/x"),
        (307, "http://a/new", ""),
        (307, "file:///etc/passwd", ""),
        (307, "https://user:word@a/", ""),
        (302, "/new", ""),
        (200, "/new", ""),
    ],
)
def test_redirects_are_followed_where_that_is_safe(status, place, target):
    """Method and body are kept, encryption too."""
    assert redirected("https://a/old", Moved(status, place)) == target
