"""The stream of a session: it holds a lease, and moves to another provider when one fails."""

import threading

import numpy as np
import pytest

from irene import ConfigurationError, Kind, ProviderFailedError
from irene.components.chain.candidate import Candidate
from irene.components.chain.failover import FailoverStream
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.routing.settings import BreakerSettings, RoutingSettings
from irene.testing import ScriptedVad, VirtualClock


class Session:
    """A failover stream over VADs whose answers a test decides."""

    def __init__(self, n_providers=2, strategy="primary_fallback", deadline_s=None, **breaker):
        self.clock, self.events, self.open_at = VirtualClock(), [], []
        self.broken, self.slow_s, self.refusing = set(), 0.0, False
        candidates = []
        for number in range(n_providers):
            provider = ScriptedVad()
            candidates.append(Candidate(f"vad{number}", provider))
        self.names = {one.provider: one.name for one in candidates}
        settings = RoutingSettings(
            strategy, deadline_s=deadline_s, breaker=BreakerSettings(**breaker), retry_share=0
        )
        self.chain = ProviderChain(
            Kind.VAD, candidates, self.events.append, Sharing(settings), self.clock
        )

    def open(self):
        return FailoverStream(self.chain, self._open)

    def _open(self, provider):
        if self.refusing:
            raise ConfigurationError("no such word")
        self.open_at.append(self.names[provider])
        return provider.open_stream()

    def ask(self, stream, time_s=0.0):
        """Ask for an answer; a broken provider raises, a slow one takes time."""

        def work(opened):
            self.clock.advance(self.slow_s)
            if stream.serving.name in self.broken:
                raise OSError("boom")
            return stream.serving.name

        return stream.ask(work, time_s)

    def in_flight(self):
        return [one.in_flight for one in self.chain.router.snapshots()]


class _Slow:
    """What a VAD's stream is, when each window takes time."""

    def __init__(self, clock, seconds):
        self.clock, self.seconds = clock, seconds

    def process(self, window):
        self.clock.advance(self.seconds)
        return 0.5

    def reset(self):
        pass

    def close(self):
        pass


def test_the_next_session_goes_to_whoever_is_fastest_per_window():
    """A session's own length says nothing: one window of many is timed while it runs."""
    session = Session(strategy="latency_weighted")
    took_s = {"vad0": 0.02, "vad1": 0.005}
    session._open = lambda provider: _Slow(session.clock, took_s[session.names[provider]])
    window = np.zeros(512, np.int16)
    running = [session.open(), session.open()]
    assert {stream.serving.name for stream in running} == {"vad0", "vad1"}
    for stream in running:
        for number in range(200):
            stream.hear(window, number * 0.03, float)
        stream.close()
    measured = {one.name: one.latency_s for one in session.chain.router.snapshots()}
    assert measured == pytest.approx(took_s)
    later = [session.open() for _ in range(4)]
    assert [stream.serving.name for stream in later] == ["vad1"] * 3 + ["vad0"]


def test_a_session_holds_one_place_while_it_is_open():
    """And gives it back once."""
    session = Session()
    stream = session.open()
    assert session.in_flight() == [1, 0]
    stream.close()
    stream.close()
    assert session.in_flight() == [0, 0]


def test_a_stream_that_is_given_away_holds_no_place():
    """Whoever took it may keep it for another session."""
    session = Session()
    assert session.open().detach() is not None
    assert session.in_flight() == [0, 0]


def test_when_a_provider_fails_another_is_asked_and_the_place_moves():
    """The question is lost, the next one is answered."""
    session = Session()
    stream = session.open()
    session.broken = {"vad0"}
    assert session.ask(stream) is None
    assert session.ask(stream) == "vad1"
    assert session.in_flight() == [0, 1]
    assert [event.event for event in session.events] == [
        "provider_failed",
        "circuit_changed",
        "provider_switched",
    ]


def test_it_moves_on_whatever_the_breaker_thinks():
    """One failure is not enough to open the circuit, and enough for this session; the retry budget,
    which is empty here, is for calls that may as well not be made."""
    session = Session(min_calls=100, failures_in_row=100)
    stream = session.open()
    session.broken = {"vad0"}
    session.ask(stream)
    assert session.ask(stream) == "vad1"
    assert session.open().serving.name == "vad0"


def test_when_all_fail_again_and_again_the_run_is_given_up():
    """Three times each; the error names who failed last."""
    session = Session()
    stream = session.open()
    session.broken = {"vad0", "vad1"}
    assert [session.ask(stream) for _ in range(5)] == [None] * 5
    with pytest.raises(ProviderFailedError, match=r"vad provider 'vad\d' keeps failing"):
        session.ask(stream)
    assert len(session.open_at) == 6
    assert session.in_flight() == [0, 0]


def test_failures_long_ago_are_forgiven():
    """Ten seconds of audio without one."""
    session = Session()
    stream = session.open()
    for number in range(20):
        session.broken = {stream.serving.name}
        session.ask(stream, time_s=number * 30.0)
        session.broken = set()
        assert session.ask(stream, time_s=number * 30.0 + 20.0)


def test_a_session_that_ends_says_nothing_against_its_provider():
    """However often, and whatever the breaker lets pass: tear-down is no failure."""
    session = Session(min_calls=1, failures_in_row=1)
    for _ in range(5):
        stream = session.open()
        assert session.ask(stream) == "vad0"
        stream.close()
    (first, _) = session.chain.router.stats().providers
    assert first.outcomes == {"success": 5, "torn_down": 5}
    assert session.events == []


def test_sessions_share_the_providers():
    """With a strategy that balances, each new one goes to whoever has least to do."""
    session = Session(3, strategy="least_loaded")
    streams = [session.open() for _ in range(6)]
    assert session.in_flight() == [2, 2, 2]
    for stream in streams:
        stream.close()
    assert session.in_flight() == [0, 0, 0]


def test_the_first_answer_says_that_a_provider_works():
    """A circuit closes when the session begins to be served, not when it ends."""
    session = Session(open_s=5.0)
    session.broken = {"vad0"}
    session.ask(session.open())
    session.broken = set()
    session.clock.advance(5.0)
    stream = session.open()
    assert session.ask(stream) == "vad0"
    assert session.events[-1].after == "closed"


def test_what_takes_longer_than_the_deadline_is_a_failure():
    """Told with the time it took; a provider that is fast enough serves on."""
    session = Session(deadline_s=0.1)
    stream = session.open()
    session.slow_s = 0.05
    assert session.ask(stream) == "vad0"
    session.slow_s = 0.2
    assert session.ask(stream) is None
    assert session.events[0].reason == "it took 200 ms; deadline_ms is 100"
    assert stream.serving.name == "vad1"


def test_wrong_settings_are_the_users_to_cure_and_hold_no_place():
    """The error passes; nobody is at fault."""
    session = Session()
    session.refusing = True
    with pytest.raises(ConfigurationError, match="no such word"):
        session.open()
    assert session.in_flight() == [0, 0]
    assert session.events == []


def told(events):
    """Return the names of events, without those of circuits."""
    return [one.event for one in events if one.event != "circuit_changed"]


def test_a_provider_that_opens_nothing_is_told_so_and_the_next_one_listens(monkeypatch):
    """A forgotten `return` is named as that, and not by what cannot be done with None."""
    session = Session()
    monkeypatch.setattr(ScriptedVad, "open_stream", lambda self: None)
    with pytest.raises(ProviderFailedError, match="open_stream returned None: return a stream"):
        session.open()
    assert set(session.open_at) == {"vad0", "vad1"}


def test_a_call_that_hangs_is_left_and_the_next_provider_listens():
    """Its thread is counted and named; when it returns, its stream is closed and its place free."""
    session, release = Session(deadline_s=0.5), threading.Event()
    closed = threading.Event()

    class Hanging(_Slow):
        def process(self, window):
            release.wait()
            return 0.5

        def close(self):
            closed.set()

    def opened(provider):
        is_first = session.names[provider] == "vad0"
        return Hanging(session.clock, 0) if is_first else _Slow(session.clock, 0)

    session._open = opened
    stream = session.open()
    window = np.zeros(512, np.int16)
    assert stream.hear(window, 0.03, float) is None
    assert stream.serving.name == "vad1"
    assert stream.hear(window, 0.03, float) == 0.5
    (abandoned,) = [one for one in session.events if one.event == "call_abandoned"]
    assert (abandoned.kind, abandoned.provider, abandoned.abandoned) == ("vad", "vad0", 1)
    assert "provider_failed" in told(session.events)
    assert session.in_flight() == [1, 1]
    assert [call.provider for call in stream.chain.abandoned.running] == ["vad0"]
    release.set()
    assert closed.wait(10)
    _until(lambda: session.in_flight() == [0, 1])
    _until(lambda: not stream.chain.abandoned.running)
    stream.close()
    assert session.in_flight() == [0, 0]


def test_what_a_timed_call_raises_is_the_failure():
    """Its own error, not that of the thread; and no thread is left behind."""
    session, before = Session(deadline_s=10.0), set(threading.enumerate())
    stream = session.open()
    session.broken = {"vad0"}
    assert session.ask(stream) is None
    (failed,) = [one for one in session.events if one.event == "provider_failed"]
    assert "boom" in failed.reason
    assert session.ask(stream) == "vad1"
    stream.close()
    _until(lambda: not set(threading.enumerate()) - before)


def _until(condition):
    """Wait until a condition is true."""
    pause = threading.Event()
    for _ in range(1000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never came true")
