"""A thread that hangs in the stream of a session is left, and another one goes on listening."""

import threading

import numpy as np
import pytest
from test_failover import Session, told
from waiting import until

from irene import ProviderFailedError
from irene.components.calls import watch
from irene.components.calls.watch import CallWatch, Relay
from irene.components.chain.failover import FailoverStream

WINDOW = np.zeros(512, np.int16)
LONGEST_WAIT_S = 30
"""a deadlock fails the test instead of hanging it"""
LIMIT_S = 0.2


class Vads(Session):
    """Sessions whose calls a watch sees; `hang` is what the first provider does in its calls."""

    def __init__(self, hang, n_providers=2, limit_s=LIMIT_S):
        super().__init__(n_providers)
        self.hang, self.watch, self.closed = hang, CallWatch(limit_s), []

    def open(self):
        return FailoverStream(self.chain, self._open, self.watch, self.watch.limit_s)

    def _open(self, provider):
        name = self.names[provider]
        self.open_at.append(name)
        self.hang(name, "open")
        return _Stream(self, name)


class _Stream:
    def __init__(self, session, name):
        self.session, self.name = session, name

    def process(self, window):
        self.session.hang(self.name, "process")
        return 0.5

    def reset(self):
        self.session.hang(self.name, "reset")

    def close(self):
        self.session.hang(self.name, "close")
        self.session.closed.append(self.name)


class Hang:
    """Hangs in one kind of call of the first provider, from its n-th on, until released."""

    def __init__(self, call="process", after=0):
        self.call, self.left, self.released = call, after, threading.Event()

    def __call__(self, name, call):
        if name == "vad0" and call == self.call:
            self.left -= 1
            if self.left < 0:
                assert self.released.wait(LONGEST_WAIT_S)


class Loop:
    """Listens to so many windows, and goes on in the middle, as whoever reads an input does."""

    def __init__(self, session, n_windows=30):
        self.stream, self.n_windows = session.open(), n_windows
        self.answers, self.threads, self.hung = [], set(), []

    def run(self, *_):
        self.threads.add(threading.get_ident())
        while len(self.answers) < self.n_windows:
            answer = self.stream.hear(WINDOW, 0.03, float)
            if answer is not None:
                self.answers.append(answer)

    def go_on(self, hung):
        self.hung.append(hung)
        self.run()


def test_what_hangs_is_left_and_another_thread_goes_on():
    """Every window is answered once; the failure, the thread and the switch are told."""
    hang = Hang(after=10)
    session = Vads(hang)
    loop = Loop(session)
    Relay("listening", session.watch).run(loop.run, loop.go_on)
    assert loop.answers == [0.5] * 30
    assert len(loop.threads) == 2
    assert loop.hung == [loop.stream]
    assert loop.stream.serving.name == "vad1"
    assert told(session.events) == ["provider_failed", "call_abandoned", "provider_switched"]
    assert session.events[0].reason == "no answer within assistant.hang_timeout_ms = 200"
    assert session.in_flight() == [1, 1]  # the place stays taken until the thread is back
    hang.released.set()
    until(lambda: session.in_flight() == [0, 1])
    assert session.closed == ["vad0"]
    until(lambda: not loop.stream.chain.abandoned.running)
    assert len(loop.answers) == 30  # whoever came back touches nothing
    loop.stream.close()


def test_the_only_provider_is_opened_anew():
    """Its stream hangs, it itself may not: nobody else could listen."""
    hang = Hang(after=5)
    session = Vads(hang, n_providers=1)
    loop = Loop(session, 10)

    def go_on(hung):
        hang.left = 10**9
        loop.go_on(hung)

    Relay("listening", session.watch).run(loop.run, go_on)
    assert session.open_at == ["vad0", "vad0"]
    assert len(loop.answers) == 10
    hang.released.set()


def test_when_every_engine_hangs_the_run_ends_with_an_error():
    """Three times each, as for any failure."""
    released = threading.Event()
    session = Vads(lambda name, call: call == "process" and released.wait(30), limit_s=0.02)
    loop = Loop(session)
    with pytest.raises(ProviderFailedError, match="keeps failing: no answer within"):
        Relay("listening", session.watch).run(loop.run, loop.go_on)
    assert len(session.open_at) == 6
    released.set()


@pytest.mark.parametrize("call", ["reset", "close"])
def test_rare_calls_that_hang_are_left_too(call):
    """They are made on threads of their own: no thread has to be left in the middle."""
    hang = Hang(call)
    session = Vads(hang, limit_s=0.05)
    stream = session.open()
    assert stream.hear(WINDOW, 0.0, float) == 0.5
    stream.reset(0.03) if call == "reset" else stream.close()
    assert [one.call for one in stream.chain.abandoned.running] == [call]
    assert stream.serving.name == ("vad1" if call == "reset" else "vad0")
    hang.released.set()
    until(lambda: not stream.chain.abandoned.running)
    stream.close()
    until(lambda: session.in_flight() == [0, 0])


def test_an_engine_that_hangs_while_it_is_opened_is_left():
    """What it opens too late is closed."""
    hang = Hang("open")
    session = Vads(hang, limit_s=0.05)
    stream = session.open()
    assert stream.serving.name == "vad1"
    hang.released.set()
    until(lambda: session.closed == ["vad0"])
    stream.close()


def test_where_nobody_looks_calls_have_a_thread_of_their_own():
    """As for a recording: whoever reads it is no thread that could be left."""
    before = set(threading.enumerate())
    hang = Hang(after=3)
    session = Vads(hang)
    stream = FailoverStream(session.chain, session._open, limit_s=0.5)
    answers = [stream.hear(WINDOW, 0.03, float) for _ in range(6)]
    assert answers == [0.5, 0.5, 0.5, None, 0.5, 0.5]
    assert session.events[0].reason == "no answer within assistant.hang_timeout_ms = 500"
    hang.released.set()
    until(lambda: session.closed == ["vad0"])
    stream.close()
    until(lambda: not set(threading.enumerate()) - before)


def test_many_short_calls_are_no_hang():
    """However long they take together."""
    session = Vads(lambda name, call: threading.Event().wait(0.002), limit_s=0.04)
    loop = Loop(session, 100)
    Relay("listening", session.watch).run(loop.run, loop.go_on)
    assert loop.hung == []


def test_a_limit_that_is_set_later_holds(monkeypatch):
    """Without one nothing is left, however long it takes."""
    monkeypatch.setattr(watch, "_PAUSE_S", 0.01)
    hang = Hang(after=3)
    session = Vads(hang, limit_s=None)
    loop, relay = Loop(session), Relay("listening", session.watch)
    listening = threading.Thread(target=relay.run, args=(loop.run, loop.go_on))
    listening.start()
    until(lambda: hang.left < 0)
    assert not hang.released.wait(0.01 * 10)
    assert loop.hung == []
    session.watch.limit_s = 0.05
    listening.join(LONGEST_WAIT_S)
    assert loop.hung == [loop.stream]
    assert len(loop.answers) == 30
    hang.released.set()
