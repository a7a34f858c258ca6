"""The control socket, with real clients; what misbehaves harms nobody else."""

import asyncio
import gc
import json
import os
import socket
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.components.threads import in_thread
from irene.domain.events import RunEnded, TranscriptPartial
from irene.errors import ConfigurationError, DeviceError, NotRunningError, RequestError
from irene.servers.control import connection as connections
from irene.servers.control.claim import Claim
from irene.servers.control.client import ControlClient
from irene.servers.control.finding import connected, running
from irene.servers.control.followers import LONGEST_QUEUE
from irene.servers.control.protocol import LONGEST_LINE
from irene.servers.control.server import MOST_CLIENTS, ControlServer

LONGEST_WAIT_S = 60.0


async def echo(arguments):
    """Return what was given."""
    return dict(arguments)


async def fail(arguments):
    """Be unable to."""
    raise DeviceError("speaker: it is not there; plug it in")


class Door:
    """A command that is served only when the test opens it."""

    def __init__(self):
        self.entered = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, arguments):
        """Wait."""
        self.entered.set()
        await self.opened.wait()
        return "through"


@asynccontextmanager
async def server(name="irene", **commands):
    """Run a server with `echo`, `fail` and these commands."""
    claim = Claim.take(name, "default")
    async with ControlServer(claim, {"echo": echo, "fail": fail, **commands}) as control:
        yield control


def run(scene):
    """Run a coroutine to its end; a deadlock fails the test instead of hanging it."""
    return asyncio.run(asyncio.wait_for(scene, LONGEST_WAIT_S))


async def asked(work):
    """Do something with a blocking client on a thread."""

    def with_client():
        with connected("irene") as client:
            return work(client)

    return await in_thread("client", with_client)


async def opened():
    """Return reader and writer of a raw connection."""
    path = Claim.take("just-for-the-folder", "x")
    path.release()
    return await asyncio.open_unix_connection(str(path.path.with_name("irene.sock")))


async def until(holds):
    """Wait for a condition; the limit of the scene is generous."""
    while not holds():
        await asyncio.sleep(0.001)


def test_a_command_is_served():
    """Its arguments go in, its result comes out."""

    async def scene():
        async with server():
            return await asked(lambda client: client.ask("echo", {"a": [1, "ü", None]}))

    assert run(scene()) == {"a": [1, "ü", None]}


def test_requests_of_one_connection_are_served_in_order():
    """Also when all of them were sent at once, in pieces."""

    async def scene():
        async with server():
            reader, writer = await opened()
            lines = b"".join(
                b'{"command": "echo", "arguments": {"n": %d}, "id": %d}\n' % (n, n)
                for n in range(50)
            )
            for start in range(0, len(lines), 7):
                writer.write(lines[start : start + 7])
                await writer.drain()
            replies = [json.loads(await reader.readline()) for _ in range(50)]
            writer.close()
            return [(reply["id"], reply["result"]["n"]) for reply in replies]

    assert run(scene()) == [(n, n) for n in range(50)]


def test_an_expected_error_is_a_refusal():
    """The connection stays; the error has its code and status."""

    async def scene():
        async with server():

            def work(client):
                with pytest.raises(DeviceError, match="plug it in"):
                    client.ask("fail")
                return client.ask("echo")

            return await asked(work)

    assert run(scene()) == {}


def test_an_unknown_command_is_refused_with_the_nearest():
    """As on the command line."""

    async def scene():
        async with server():

            def work(client):
                with pytest.raises(RequestError, match="'ecko'; did you mean 'echo'"):
                    client.ask("ecko")

            await asked(work)

    run(scene())


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from(
            [b"\n", b"{", b'"', b"\\", b'{"command": "echo"}\n', b"\xff\xfe\n", b"null\n"]
        ),
    ),
    max_size=20,
)


@given(st.lists(PIECES, max_size=5))
def test_whatever_clients_send_the_next_one_is_served(talks):
    """Garbage, half lines, and clients that vanish."""

    async def scene():
        async with server():
            for pieces in talks:
                _, writer = await opened()
                with suppress(ConnectionError):
                    for piece in pieces:
                        writer.write(piece)
                        await writer.drain()
                writer.transport.abort()
            return await asked(lambda client: client.ask("echo", {"still": "here"}))

    assert run(scene()) == {"still": "here"}


@given(st.lists(st.integers(1, 40), max_size=12), st.integers(1, 3))
def test_it_makes_no_difference_where_a_stream_is_cut(cuts, repeats):
    """Every line that is a request has one reply, every other one a refusal, in order."""
    lines = [
        b'{"command": "echo", "id": 1}\n',
        b"nonsense\n",
        b"\n",
        b'{"command": "x"}\n',
    ] * repeats

    async def scene():
        async with server():
            reader, writer = await opened()
            data, at = b"".join(lines), 0
            for cut in [*cuts, len(data)]:
                writer.write(data[at : at + cut])
                await writer.drain()
                at += cut
            writer.write_eof()
            replies = [json.loads(line) for line in (await reader.read()).splitlines()]
            writer.close()
            return [reply["ok"] for reply in replies]

    assert run(scene()) == [True, False, False] * repeats


def test_a_line_without_an_end_is_not_collected():
    """It is refused as soon as it is too long, and the connection is closed."""

    async def scene():
        async with server():
            reader, writer = await opened()
            writer.write(b"x" * (4 * LONGEST_LINE))
            reply = json.loads(await reader.readline())
            with suppress(ConnectionError):
                assert await reader.read() == b""
            writer.transport.abort()
            return reply, await asked(lambda client: client.ask("echo"))

    reply, after = run(scene())
    assert (reply["ok"], reply["code"]) == (False, "request")
    assert reply["error"] == f"the request is longer than {LONGEST_LINE} bytes"
    assert after == {}


def test_a_client_that_waits_does_not_hold_up_another():
    """Commands of different connections are served side by side."""

    async def scene():
        door = Door()
        async with server(door=door):
            waiting = asyncio.ensure_future(asked(lambda client: client.ask("door")))
            await door.entered.wait()
            meanwhile = await asked(lambda client: client.ask("echo"))
            door.opened.set()
            return meanwhile, await waiting

    assert run(scene()) == ({}, "through")


def test_a_client_that_goes_while_it_waits_harms_nobody():
    """Its command is served to the end all the same."""

    async def scene():
        door = Door()
        async with server(door=door):
            _, writer = await opened()
            writer.write(b'{"command": "door"}\n')
            await door.entered.wait()
            writer.transport.abort()
            door.opened.set()
            return await asked(lambda client: client.ask("echo"))

    assert run(scene()) == {}


def test_a_client_that_does_not_read_its_reply_is_left(monkeypatch):
    """After some seconds; here at once."""
    monkeypatch.setattr(connections, "_PATIENCE_S", 0.01)

    async def much(arguments):
        return "x" * 2_000_000

    async def scene():
        async with server(much=much) as control:
            _, writer = await opened()
            writer.write(b'{"command": "much"}\n' * 2)
            await until(lambda: len(control._open) == 1)
            await until(lambda: not control._open)
            writer.transport.abort()

    run(scene())


def test_more_clients_than_are_served_are_told_so():
    """Those that were there before go on; a place that becomes free can be taken."""

    async def scene():
        async with server() as control:
            there = [await opened() for _ in range(MOST_CLIENTS)]
            await until(lambda: len(control._open) == MOST_CLIENTS)
            reader, writer = await opened()
            refused = json.loads(await reader.readline())
            writer.close()
            there[0][1].write(b'{"command": "echo"}\n')
            served = json.loads(await there[0][0].readline())
            for _, one in there:
                one.close()
            await until(lambda: not control._open)
            return refused["error"], served["ok"], await asked(lambda client: client.ask("echo"))

    assert run(scene()) == (f"{MOST_CLIENTS} clients are served already", True, {})


def test_a_bug_in_a_command_keeps_its_traceback_and_ends_one_connection():
    """The client is told by the end of it; the next one is served."""

    async def broken(arguments):
        raise ZeroDivisionError

    async def scene():
        reported = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: reported.append(context["exception"]))
        async with server(broken=broken) as control:

            def work(client):
                with pytest.raises(NotRunningError, match="went away without an answer"):
                    client.ask("broken")

            await asked(work)
            await until(lambda: not control._open)
            after = await asked(lambda client: client.ask("echo"))
        gc.collect()  # Python 3.10 reports when nobody can look at the task any more
        return after, reported

    after, reported = run(scene())
    assert after == {}
    assert [type(error) for error in reported] == [ZeroDivisionError]


def test_many_clients_leave_nothing_behind():
    """No file descriptor, no task, no follower."""

    def descriptors():
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - no need for paths

    async def scene():
        async with server() as control:
            await asked(lambda client: client.ask("echo"))
            await until(lambda: not control._open)
            before = descriptors(), len(asyncio.all_tasks())
            for _ in range(50):
                await asked(lambda client: client.ask("echo"))
                _, follower = await following()
                follower.transport.abort()
                _, half = await opened()
                half.write(b'{"command": ')
                half.transport.abort()
            await until(lambda: not control._open and not control._followers)
            await until(lambda: (descriptors(), len(asyncio.all_tasks())) == before)

    run(scene())


def test_another_user_is_refused(monkeypatch):
    """Whoever gets through the folder meets the system's word on who it is."""
    monkeypatch.setattr("irene.servers.control.peer.Peer.may_ask", False)

    async def scene():
        async with server():

            def work(client):
                with pytest.raises(RequestError, match="belongs to another user"):
                    client.ask("echo")

            await asked(work)

    run(scene())


async def following():
    """Return reader and writer of a client that follows."""
    reader, writer = await opened()
    writer.write(b'{"command": "events"}\n')
    assert json.loads(await reader.readline())["ok"]
    return reader, writer


def test_several_clients_follow_the_events():
    """Each gets every event since it began to follow, in order, and then the end."""

    async def scene():
        async with server() as control:
            control.publish(TranscriptPartial(text="before anybody followed"))
            clients = [await following() for _ in range(3)]
            for number in range(20):
                control.publish(TranscriptPartial(text=f"word {number}"))
            control.publish(RunEnded(reason="stopped"))
        told = [await reader.read() for reader, _ in clients]
        for _, writer in clients:
            writer.close()
        return told

    end = {"event": "run_ended", "session": None, "time_s": 0, "reason": "stopped"}
    for told in run(scene()):
        events = [json.loads(line) for line in told.splitlines()]
        assert [event["text"] for event in events[:-1]] == [f"word {n}" for n in range(20)]
        assert events[-1] == end


def test_the_blocking_client_follows_to_the_end():
    """As `irene events` does."""

    async def scene():
        async with server() as control:
            client = connected("irene")
            followed = asyncio.ensure_future(in_thread("client", lambda: list(client.follow())))
            await until(lambda: len(control._followers) == 1)
            control.publish(TranscriptPartial(text="a"))
        texts = [event["text"] for event in await followed]
        client.close()
        return texts

    assert run(scene()) == ["a"]


def test_a_client_that_does_not_read_is_left_behind_and_the_others_are_not():
    """The assistant never waits: `publish` returns at once, whatever nobody reads."""

    async def scene():
        async with server() as control:
            _lazy, nothing_read = await following()
            nothing_read.transport.pause_reading()
            keen, writer = await following()
            published = 0
            while len(control._followers) == 2:
                control.publish(TranscriptPartial(text=f"{published} {'x' * 5000}"))
                published += 1
                line = json.loads(await keen.readline())
                assert line["text"].split()[0] == str(published - 1)
            for one in (nothing_read, writer):
                one.transport.abort()
            return published

    assert run(scene()) > LONGEST_QUEUE


def test_a_burst_that_nobody_could_have_read_leaves_everybody_behind():
    """Memory for those who follow is bounded: the queue's length is what may wait."""

    async def scene():
        async with server() as control:
            reader, writer = await following()
            for _ in range(LONGEST_QUEUE + 1):
                control.publish(TranscriptPartial(text="x"))
            followers = len(control._followers)
            with suppress(ConnectionError):
                rest = await reader.read()
                assert rest.count(b"\n") <= LONGEST_QUEUE
            writer.close()
            return followers

    assert run(scene()) == 0


def test_a_follower_that_goes_is_forgotten():
    """At once, not at the next event."""

    async def scene():
        async with server() as control:
            _, writer = await following()
            assert len(control._followers) == 1
            writer.close()
            await until(lambda: not control._followers and not control._open)

    run(scene())


def test_at_the_end_idle_clients_are_let_go_and_the_socket_is_gone():
    """Nobody finds a server that is no more."""

    async def scene():
        async with server() as control:
            reader, writer = await opened()
            await until(lambda: control._open)
        assert await reader.read() == b""
        writer.close()

    run(scene())
    assert running() == []
    with pytest.raises(NotRunningError):
        connected("irene")


def test_what_is_being_answered_at_the_end_still_is():
    """`irene stop` gets its reply."""

    async def scene():
        door = Door()
        async with server(door=door):
            waiting = asyncio.ensure_future(asked(lambda client: client.ask("door")))
            await door.entered.wait()
            asyncio.get_running_loop().call_later(0.01, door.opened.set)
        return await waiting

    assert run(scene()) == "through"


def test_a_command_that_does_not_end_is_not_waited_for(monkeypatch):
    """Its client is told by the end of the connection."""
    monkeypatch.setattr("irene.servers.control.server._LAST_WORDS_S", 0.01)

    async def scene():
        door = Door()
        async with server(door=door):
            waiting = asyncio.ensure_future(asked(lambda client: client.ask("door")))
            await door.entered.wait()
        with pytest.raises(NotRunningError, match="went away without an answer"):
            await waiting

    run(scene())


def test_an_assistant_that_does_not_answer_is_told_with_its_process(monkeypatch):
    """Whoever asks does not hang."""
    monkeypatch.setattr("irene.servers.control.server._LAST_WORDS_S", 0.01)

    async def scene():
        door = Door()
        async with server(door=door):

            def work(client):
                with pytest.raises(NotRunningError, match=r"\(process \d+\) does not answer"):
                    client.ask("door", patience_s=0.01)

            await asked(work)

    run(scene())


def test_who_answers_nonsense_is_no_assistant(own_runtime):
    """Something else listens there."""
    (own_runtime / "irene").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(own_runtime / "irene" / "irene.sock"))
        other.listen(1)
        with connected("irene") as client:
            theirs, _ = other.accept()
            with theirs:
                theirs.sendall(b"220 mail.example.org ESMTP\n")
                with pytest.raises(NotRunningError, match="answers what no assistant says"):
                    client.ask("status")


def test_without_a_name_the_only_one_is_meant():
    """Several are listed, none is told."""

    async def scene():
        with pytest.raises(NotRunningError, match="no assistant is running; start one with"):
            connected()
        async with server("kitchen"):
            assert running() == ["kitchen"]
            assert await in_thread("client", lambda: connected().ask("echo")) == {}
            async with server("living room"):
                with pytest.raises(RequestError) as refused:
                    connected()
                assert await in_thread("client", lambda: connected("living room").ask("echo")) == {}
            with pytest.raises(NotRunningError) as unknown:
                connected("bath")
        return str(refused.value), str(unknown.value)

    assert run(scene()) == (
        "several assistants are running: kitchen, living_room; choose one with --name",
        "no assistant called 'bath' is running; running: kitchen",
    )


def test_a_folder_of_somebody_else_is_not_trusted(own_runtime, monkeypatch):
    """Whoever listens there could be anybody."""
    claim = Claim.take("irene", "default")
    monkeypatch.setattr("irene.servers.control.place.os.geteuid", lambda: os.getuid() + 1)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        connected("irene")
    monkeypatch.undo()
    claim.release()


def test_a_socket_that_a_dead_process_left_is_not_running(own_runtime):
    """Nobody listens there."""
    (own_runtime / "irene").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(own_runtime / "irene" / "irene.sock"))
    assert running() == []
    with pytest.raises(NotRunningError):
        ControlClient(own_runtime / "irene" / "irene.sock")
