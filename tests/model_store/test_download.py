"""Fetching one file from servers that misbehave: the right bytes, or a clear error."""

import hashlib
import ssl
from collections import deque

import pytest
from file_server import breaks_off, file_server, sends, stalls, status
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import ConfigurationError, DownloadError, ModelFile, ModelMissingError, ModelRefusedError
from irene.models.download import Downloader, discard
from irene.models.web import Web, redirect_target

CONTENT = bytes(range(256)) * 400
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def part(tmp_path):
    return tmp_path / "parts" / "model.part"


def fetch(downloader, url, part, **facts):
    """Fetch, and return what arrived and what was told of the progress."""
    told = []
    facts = {"sha256": SHA256, **facts}
    file = ModelFile("model", url, **facts)
    found = downloader.fetch(file, part, lambda done, total: told.append((done, total)))
    assert found.size == part.stat().st_size
    return part.read_bytes(), told


def ranges(server):
    return [headers.get("Range") for _, headers in server.requests]


def test_a_file_arrives_and_its_progress_is_told(server, downloader, part):
    """Bytes that are there, and how many it will be."""
    content, told = fetch(downloader, server.serve("/m", CONTENT), part)
    assert content == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_the_digest_of_a_file_that_nobody_published_one_of_is_returned(server, downloader, part):
    """So that it can be recorded."""
    file = ModelFile("model", server.serve("/m", CONTENT))
    assert downloader.fetch(file, part, lambda done, total: None).sha256 == SHA256


def test_a_server_that_falls_silent_is_given_up(server, clock, part):
    """Not when it hangs up, but after the longest silence that is allowed."""
    once = Downloader(Web(connect_s=5, stall_s=0.1), clock, tries=1)
    with pytest.raises(DownloadError, match=r"/m stalled$"):
        fetch(once, server.serve("/m", CONTENT, stalls(70_000)), part)
    assert part.stat().st_size == 70_000


@pytest.mark.parametrize("trouble", [breaks_off, stalls])
def test_what_broke_off_is_continued_and_not_begun_again(server, downloader, part, trouble):
    """A range request for the rest, on condition that the file is the same."""
    url = server.serve("/m", CONTENT, trouble(70_000), trouble(1_000))
    assert fetch(downloader, url, part)[0] == CONTENT
    assert ranges(server) == [None, "bytes=70000-", "bytes=71000-"]
    assert server.requests[1][1]["If-Range"] == server.files["/m"].tag


def test_a_part_of_an_earlier_process_is_continued(server, clock, part):
    """Nothing but the files on the disk is needed."""
    url = server.serve("/m", CONTENT, breaks_off(50_000))
    with pytest.raises(DownloadError, match="broke off after 50000 of 102400 bytes"):
        fetch(Downloader(Web(), clock, tries=1), url, part)
    assert fetch(Downloader(Web(), clock), url, part)[0] == CONTENT
    assert ranges(server) == [None, "bytes=50000-"]


def test_a_part_that_is_whole_is_not_fetched_again(server, downloader, part):
    """The server says that there is no more, or nobody needs to ask it."""
    url = server.serve("/m", CONTENT)
    fetch(downloader, url, part)
    server.requests.clear()
    assert fetch(downloader, url, part, size=len(CONTENT))[0] == CONTENT
    assert server.requests == []
    assert fetch(downloader, url, part)[0] == CONTENT
    assert ranges(server) == [f"bytes={len(CONTENT)}-"]


def test_a_server_that_ignores_ranges_is_begun_again_with(server, downloader, part):
    """Its whole answer replaces what was there."""
    url = server.serve("/m", CONTENT, breaks_off(70_000), ranges=False)
    assert fetch(downloader, url, part)[0] == CONTENT


def test_a_file_that_changed_between_two_parts_is_begun_again(server, downloader, part):
    """Two versions are never joined."""
    old = bytes(reversed(CONTENT))
    url = server.serve("/m", old, breaks_off(70_000))
    changed = server.files["/m"].faults

    def change(request, file, start):
        file.content = CONTENT
        request.begin(file, request.start_of(file))
        request.wfile.write(CONTENT[request.start_of(file) :])

    changed.append(change)
    assert fetch(downloader, url, part)[0] == CONTENT


def test_a_server_that_breaks_the_condition_is_found_out(server, downloader, part):
    """It sends the rest of another version, with that version's tag."""
    url = server.serve("/m", CONTENT, breaks_off(70_000))
    server.files["/m"].faults.append(
        sends(b"x" * 32_400, code=206, ETag='"another"', Content_Range="bytes 70000-102399/102400")
    )
    assert fetch(downloader, url, part, sha256="")[0] == CONTENT
    assert ranges(server)[-1] is None


def test_versions_that_were_joined_unnoticed_are_fetched_once_more(server, downloader, part):
    """The digest tells, where the server has no tags."""
    url = server.serve("/m", CONTENT, breaks_off(70_000), etag=None)
    server.files["/m"].faults.append(
        sends(b"x" * 32_400, code=206, Content_Range="bytes 70000-102399/102400")
    )
    assert fetch(downloader, url, part)[0] == CONTENT


def test_without_tag_and_digest_a_part_is_not_continued(server, downloader, part):
    """Nothing would tell that it is the same file."""
    url = server.serve("/m", CONTENT, breaks_off(70_000), etag=None)
    assert fetch(downloader, url, part, sha256="")[0] == CONTENT
    assert ranges(server) == [None, None]


def test_a_weak_tag_is_no_condition_but_a_date_is(server, downloader, part):
    """RFC 9110 allows only strong ones in If-Range."""
    date = "Fri, 27 Nov 2026 07:00:00 GMT"
    url = server.serve("/m", CONTENT, breaks_off(70_000), etag='W/"1"', modified=date)
    assert fetch(downloader, url, part)[0] == CONTENT
    assert server.requests[1][1]["If-Range"] == date


def test_another_part_than_was_asked_for_is_not_taken(server, downloader, part):
    """The answer names the wrong range."""
    url = server.serve("/m", CONTENT, breaks_off(70_000))
    wrong = sends(CONTENT[:10], code=206, Content_Range="bytes 0-9/102400")
    server.files["/m"].faults.append(wrong)
    assert fetch(downloader, url, part)[0] == CONTENT


def test_wrong_bytes_are_refused_and_not_kept(server, downloader, part):
    """A whole file with another digest stays another file."""
    url = server.serve("/m", b"x" * 1000)
    with pytest.raises(ModelRefusedError, match="is not the file that was expected: sha256"):
        fetch(downloader, url, part)
    assert len(server.requests) == 1
    assert not part.exists()


def test_md5_is_compared_where_only_that_is_published(server, downloader, part):
    """The strong digest is made all the same."""
    url = server.serve("/m", CONTENT)
    right = hashlib.md5(CONTENT).hexdigest()
    assert fetch(downloader, url, part, sha256="", md5=right)[0] == CONTENT
    with pytest.raises(ModelRefusedError, match="md5"):
        fetch(downloader, url, part, sha256="", md5="0" * 32)


def test_a_server_with_another_size_is_refused_before_its_bytes_are_taken(server, downloader, part):
    """The catalogue knows better."""
    url = server.serve("/m", CONTENT)
    with pytest.raises(ModelRefusedError, match="has 102400 bytes, 102000 were expected"):
        fetch(downloader, url, part, size=102_000)


def test_a_server_that_promises_more_than_it_sends_is_found_out(server, downloader, part):
    """The connection ends before the length that it told."""
    url = server.serve("/m", CONTENT, sends(CONTENT[:5000], length=102_400))
    assert fetch(downloader, url, part)[0] == CONTENT


def test_a_server_that_promises_less_than_there_is_is_found_out(server, downloader, part):
    """It tells a short length and sends as much; the digest is that of something else."""
    url = server.serve("/m", CONTENT, sends(CONTENT[:5000]))
    with pytest.raises(ModelRefusedError, match="sha256"):
        fetch(downloader, url, part)


def test_bytes_without_end_are_cut_off(server, downloader, part):
    """A server that tells no length is believed up to the size in the catalogue."""

    def pours(request, file, start):
        request.send_response(200)
        request.send_header("Connection", "close")
        request.end_headers()
        for _ in range(1000):
            request.wfile.write(b"x" * 10_000)
        request.close_connection = True

    file = ModelFile("model", server.serve("/m", CONTENT, pours), size=len(CONTENT))
    written = []
    with pytest.raises(ModelRefusedError, match="sends more than 102400 bytes"):
        downloader.fetch(file, part, lambda done, total: written.append(done))
    assert max(written) <= len(CONTENT)  # the disk is not filled
    assert not part.exists()


def test_passing_troubles_of_a_server_are_waited_out(server, downloader, clock, part):
    """Longer each time, or as long as it asks for."""
    url = server.serve("/m", CONTENT, status(500), status(503), status(429, Retry_After="20"))
    assert fetch(downloader, url, part)[0] == CONTENT
    assert clock.monotonic() == pytest.approx(1 + 2 + 20)


def test_a_server_that_never_recovers_is_given_up(server, downloader, clock, part):
    """After five tries in a row that brought nothing worth telling."""
    url = server.serve("/m", CONTENT, *[status(500)] * 9)
    with pytest.raises(DownloadError, match="answers 500") as caught:
        fetch(downloader, url, part)
    assert caught.value.retryable
    assert len(server.requests) == 5
    assert clock.monotonic() == 1 + 2 + 4 + 8


@pytest.mark.parametrize("code", [403, 404, 410])
def test_what_is_not_there_is_not_asked_for_again(server, downloader, clock, part, code):
    """One request, one line."""
    url = server.serve("/m", CONTENT, status(code))
    with pytest.raises(DownloadError, match=f"/m answers {code}"):
        fetch(downloader, url, part)
    assert len(server.requests) == 1
    assert clock.monotonic() == 0


def test_a_redirect_is_followed_with_the_range(server, downloader, part):
    """As from a hub to its store of large files."""
    target = server.serve("/store", CONTENT, breaks_off(70_000))
    url = server.serve("/m", b"", *[status(302, Location=target)] * 2)
    assert fetch(downloader, url, part)[0] == CONTENT
    assert ranges(server)[-1] == "bytes=70000-"


def test_redirects_in_circles_end(server, downloader, part):
    """After five."""
    server.serve("/b", b"", *[status(307, Location="/m")] * 9)
    url = server.serve("/m", b"", *[status(301, Location="/b")] * 9)
    with pytest.raises(DownloadError, match="redirects more than 5 times"):
        fetch(downloader, url, part)
    assert len(server.requests) == 6


def test_a_redirect_never_gives_up_encryption():
    """From https to http is refused, the other way and relative ones are followed."""
    assert redirect_target("http://a/x/m", "https://b/m") == "https://b/m"
    assert redirect_target("https://a/x/m", "../n") == "https://a/n"
    with pytest.raises(DownloadError, match="https://a/m redirects to http://a/m"):
        redirect_target("https://a/m", "http://a/m")


def test_certificates_are_checked(certificate, clock, part, monkeypatch):
    """One that nobody vouches for is refused at once; with it, the file arrives."""
    with file_server() as secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        secure.serve("/m", CONTENT, breaks_off(70_000))
        url = secure.url.replace("http:", "https:") + "/m"
        with pytest.raises(DownloadError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            fetch(Downloader(Web(), clock), url, part)
        assert not caught.value.retryable
        assert clock.monotonic() == 0
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert fetch(Downloader(Web(), clock), url, part)[0] == CONTENT
        assert ranges(secure) == [None, "bytes=70000-"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/m", ""])
def test_a_redirect_leads_to_nothing_but_the_web(server, downloader, part, target):
    """Other schemes are not followed."""
    url = server.serve("/m", b"", status(302, Location=target))
    with pytest.raises(DownloadError, match="which is not followed"):
        fetch(downloader, url, part)


def test_a_compressed_answer_is_not_taken_for_the_file(server, downloader, part):
    """Nobody asked for one."""
    url = server.serve("/m", CONTENT, sends(b"...", Content_Encoding="gzip"))
    with pytest.raises(DownloadError, match="content encoding"):
        fetch(downloader, url, part)


def test_nobody_listens(downloader, clock, part, unused_port):
    """It is tried again, and told in one line."""
    with pytest.raises(DownloadError, match=r"cannot be reached: .*refused"):
        fetch(downloader, f"http://127.0.0.1:{unused_port}/m", part)
    assert clock.monotonic() == 15


def test_an_answer_that_is_not_http_is_not_believed(server, downloader, part):
    """Something else listens there."""

    def babbles(request, file, start):
        request.wfile.write(b"220 mail.invalid ESMTP\r\n")
        request.close_connection = True

    url = server.serve("/m", CONTENT, *[babbles] * 9)
    with pytest.raises(DownloadError, match="cannot be reached: 220 mail"):
        fetch(downloader, url, part)


def test_offline_asks_nobody(server, clock, part):
    """Not even for what could be continued."""
    url = server.serve("/m", CONTENT)
    with pytest.raises(ModelMissingError, match="offline"):
        fetch(Downloader(Web(is_offline=True), clock), url, part)
    assert server.requests == []


def test_a_mirror_has_every_host_below_its_own_address(server, clock, part):
    """`MIRROR/HOST/PATH`, as `wget --force-directories` lays files out."""
    server.serve("/models/alphacephei.com/vosk/m.zip", CONTENT)
    downloader = Downloader(Web(mirror=f"{server.url}/models/"), clock)
    assert fetch(downloader, "https://alphacephei.com/vosk/m.zip?download=true", part)[0] == CONTENT


def test_a_proxy_of_the_environment_is_used(server, clock, part, monkeypatch):
    """It is asked with the whole address."""
    monkeypatch.setenv("http_proxy", server.url)
    server.serve("http://models.invalid/m", CONTENT)
    assert fetch(Downloader(Web(), clock), "http://models.invalid/m", part)[0] == CONTENT


@pytest.mark.parametrize("mirror", ["nas/models", "ftp://nas/models", "https://", "http://[nas"])
def test_a_mirror_has_an_address_of_the_web(mirror):
    """Anything else is refused before something is fetched."""
    with pytest.raises(ConfigurationError, match=r"mirror of models .* would be right"):
        Web(mirror=mirror)


def test_a_part_of_another_address_is_not_continued(server, downloader, clock, part):
    """The catalogue may have moved on."""
    url = server.serve("/old", CONTENT, *[breaks_off(100)] * 9)
    with pytest.raises(DownloadError):
        fetch(Downloader(Web(), clock, tries=1), url, part)
    assert fetch(downloader, server.serve("/new", CONTENT), part)[0] == CONTENT
    assert ranges(server) == [None, None]


def test_a_part_whose_origin_was_lost_is_not_continued(server, downloader, clock, part):
    """Whatever lies there: it is begun again."""
    part.parent.mkdir()
    part.write_bytes(b"who knows")
    part.with_name("model.part.origin").write_text("{")
    assert fetch(downloader, server.serve("/m", CONTENT), part)[0] == CONTENT


@given(
    content=st.binary(min_size=1, max_size=3000),
    breaks=st.lists(st.integers(0, 1500), max_size=8),
    manners=st.sampled_from(
        [{}, {"etag": None}, {"ranges": False}, {"etag": None, "ranges": False}]
    ),
    knows_digest=st.booleans(),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_interruptions_give_the_same_bytes(
    server, clock, part, content, breaks, manners, knows_digest
):
    """Whatever breaks off wherever, and whether a server knows ranges and tags or not."""
    url = server.serve("/m", content, **manners)
    server.files["/m"].faults = deque(breaks_off(after) for after in breaks)
    discard(part)
    sha256 = hashlib.sha256(content).hexdigest()
    for _ in range(20):
        try:
            found, _ = fetch(
                Downloader(Web(), clock, tries=2),
                url,
                part,
                sha256=sha256 if knows_digest else "",
            )
            break
        except DownloadError:
            continue
    assert found == content
