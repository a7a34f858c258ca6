"""A thread that hangs in an engine is left, and another one goes on with its work."""

import gc
import itertools
import os
import sys
import threading
import time

import numpy as np
import pytest
from resampling_parts import component
from test_failover import Session, told
from waiting import until

from irene import Kind, ProviderFailedError, ResampleQuality, Resampler, ResampleStream
from irene.components import call_watch
from irene.components.call_watch import CallWatch, Relay, ThreadLeftError
from irene.components.chain import Candidate, ProviderChain
from irene.components.failover import FailoverStream
from irene.components.resampling.component import ResamplingComponent
from irene.components.routing.deadline import late_error
from irene.components.routing.settings import RoutingSettings
from irene.components.sharing import Sharing
from irene.config.sections import ResamplingSection
from irene_plugins.resampling.soxr import SoxrResampler

WINDOW = np.zeros(512, np.int16)
LONGEST_WAIT_S = 30
"""a deadlock fails the test instead of hanging it"""
LIMIT_S = 0.2


class Nobody:
    """Takes note of being left."""

    def __init__(self):
        self.n_left = 0

    def left(self, error, time_s):
        self.n_left += 1


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
    monkeypatch.setattr(call_watch, "_PAUSE_S", 0.01)
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


def test_what_the_work_raises_is_raised():
    """Also an error that is called like the one of a wait."""
    with pytest.raises(TimeoutError, match="its own"):
        Relay("listening", CallWatch(1.0)).run(_raise, lambda hung: None)


def _raise():
    raise TimeoutError("its own")


def test_a_call_that_has_just_returned_is_not_left():
    """Nor the one that came after it, which was looked at by mistake."""
    watch, caller = CallWatch(1.0), Nobody()
    seen, following = (caller, 0.0), (caller, 0.0)
    assert watch.leave(seen, late_error(1.0)) is None
    watch.running.append(following)
    assert watch.leave(seen, late_error(1.0)) is None
    assert watch.call is following
    assert caller.n_left == 0


@pytest.fixture
def busy_turns():
    """Let the interpreter change threads a thousand times as often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("busy_turns")
def test_either_the_call_returns_or_it_is_left():
    """Threads that call all the time, and somebody who leaves them all the time: of all calls each
    is finished by exactly one of them."""
    watch, caller, is_over = CallWatch(1.0), Nobody(), threading.Event()
    finished, left = [], []

    def work(first):
        for number in itertools.count(first):
            running = watch.running
            running.append((caller, float(number)))
            os.sched_yield()
            try:
                try:
                    running.pop()
                except IndexError:
                    watch.came_back(running)
            except ThreadLeftError:
                return
            finished.append(number)
            if is_over.is_set():
                return

    thread = threading.Thread(target=work, args=(0,))
    thread.start()
    until_s = time.monotonic() + 60  # a busy machine lets few be left
    while len(left) < 100 and time.monotonic() < until_s:
        call = watch.call
        if call is not None and watch.leave(call, late_error(1.0)) is not None:
            left.append(int(call[1]))
            thread.join()
            thread = threading.Thread(target=work, args=(left[-1] + 1,))
            thread.start()
    is_over.set()
    thread.join()
    assert caller.n_left == len(left) > 0
    assert sorted(finished + left) == list(range(len(finished) + len(left)))


class Hanging(Resampler[None]):
    """Converts as soxr does, until it hangs."""

    name = "hanging"
    released = threading.Event()

    def __init__(self, after):
        super().__init__()
        self.after, self.inner = after, SoxrResampler()

    def _load(self):
        self.inner.load()

    def open_stream(self, source_rate, target_rate, channels, quality):
        return _HangingStream(self, self.inner.open_stream(source_rate, target_rate, 1, quality))

    def convert(self, samples, source_rate, target_rate, quality):
        return self.inner.convert(samples, source_rate, target_rate, quality)


class _HangingStream(ResampleStream):
    def __init__(self, owner, inner):
        self.owner, self.inner, self.n_seen = owner, inner, 0

    def process(self, samples):
        if self.n_seen == self.owner.after:
            assert self.owner.released.wait(LONGEST_WAIT_S)
        self.n_seen += 1
        return self.inner.process(samples)

    def flush(self):
        return self.inner.flush()


NOISE = np.random.default_rng(0).normal(0, 8000, 9600)
CHUNKS = np.split(np.convolve(NOISE, np.hanning(31) / 15, "same").astype(np.float32), 20)


def conversions(after, hung_s):
    """Return conversions whose first resampler hangs after so many chunks, and their events."""
    Hanging.released.clear()
    events = []
    candidates = [Candidate("hanging", Hanging(after)), Candidate("soxr", SoxrResampler())]
    chain = ProviderChain(
        Kind.RESAMPLING, candidates, events.append, Sharing(RoutingSettings(), hung_s=hung_s)
    )
    return ResamplingComponent(chain, ResamplingSection()), events


def as_if_nothing_had_happened():
    """Return what soxr alone makes of the chunks."""
    alone = component(SoxrResampler()).open_stream(48000, 16000, ResampleQuality.HQ)
    return np.concatenate([*(alone.process(chunk) for chunk in CHUNKS), alone.flush()])


@pytest.mark.parametrize("after", [0, 7])
def test_a_conversion_that_hangs_costs_no_sample_and_no_shift(after):
    """The next resampler converts the chunk in which it hangs."""
    resampling, events = conversions(after, LIMIT_S)
    watch = CallWatch(LIMIT_S)
    stream = resampling.open_stream(48000, 16000, ResampleQuality.HQ, watch)
    left, made = list(CHUNKS), []

    def work(*_):
        while left:
            made.append(stream.process(left[0]))
            left.pop(0)

    Relay("listening", watch).run(work, work)
    made.append(stream.flush())
    Hanging.released.set()
    np.testing.assert_allclose(np.concatenate(made), as_if_nothing_had_happened(), atol=2.0)
    assert told(events) == ["provider_failed", "call_abandoned", "provider_switched"]


def test_the_only_resampler_is_opened_anew():
    """It goes on with the chunk in which it hangs; the rest is where it belongs."""
    Hanging.released.clear()
    hanging, events, hangs = Hanging(7), [], [True]
    chain = ProviderChain(
        Kind.RESAMPLING, [Candidate("hanging", hanging)], events.append, Sharing(hung_s=LIMIT_S)
    )
    resampling, watch = ResamplingComponent(chain, ResamplingSection()), CallWatch(LIMIT_S)
    stream = resampling.open_stream(48000, 16000, ResampleQuality.HQ, watch)
    left, made = list(CHUNKS), []

    def work(*_):
        while left:
            made.append(stream.process(left[0]))
            left.pop(0)

    def go_on(hung):
        hangs.append(hung)
        hanging.after = -1
        work()

    Relay("listening", watch).run(work, go_on)
    made.append(stream.flush())
    Hanging.released.set()
    joined, expected = np.concatenate(made), as_if_nothing_had_happened()
    assert hangs == [True, stream]
    assert joined.shape == expected.shape
    np.testing.assert_allclose(joined[-1600:], expected[-1600:], atol=2.0)
    assert told(events) == ["provider_failed", "call_abandoned"]
    until(lambda: not chain.abandoned.running)


class Worse(Hanging):
    """Hangs in a call of its own before it has converted anything."""

    name = "worse"

    def __init__(self, call):
        super().__init__(after=-1)
        self.call = call

    def open_stream(self, *args):
        if self.call == "open_stream":
            assert self.released.wait(LONGEST_WAIT_S)
        stream = super().open_stream(*args)
        if self.call != "open_stream":
            setattr(stream, self.call, lambda *_: self.released.wait(LONGEST_WAIT_S))
        return stream


@pytest.mark.parametrize("call", ["open_stream", "process"])
@pytest.mark.parametrize("is_watched", [True, False])
def test_whoever_stands_in_and_hangs_at_once_is_left_as_well(call, is_watched):
    """The third one takes over."""
    Hanging.released.clear()
    events, limit_s = [], LIMIT_S if is_watched else 0.4
    resamplers = [Hanging(7), Worse(call), SoxrResampler()]
    chain = ProviderChain(
        Kind.RESAMPLING,
        [Candidate(one.name, one) for one in resamplers],
        events.append,
        Sharing(hung_s=limit_s),
    )
    resampling, watch = ResamplingComponent(chain, ResamplingSection()), CallWatch(limit_s)
    seen = (watch,) if is_watched else ()
    stream = resampling.open_stream(48000, 16000, ResampleQuality.HQ, *seen)
    left, made = list(CHUNKS), []

    def work(*_):
        while left:
            made.append(stream.process(left[0]))
            left.pop(0)

    Relay("listening", watch).run(work, work)
    made.append(stream.flush())
    np.testing.assert_allclose(np.concatenate(made), as_if_nothing_had_happened(), atol=2.0)
    abandoned = [(e.provider, e.call) for e in events if e.event == "call_abandoned"]
    assert abandoned == [("hanging", "process"), ("worse", call)]
    Hanging.released.set()
    until(lambda: not chain.abandoned.running)
    assert chain.router.in_flight(lambda one: True) == 0


def test_a_resampler_that_hangs_when_it_is_closed_has_given_all_it_had():
    """The end is told, and comes."""
    Hanging.released.clear()
    events = []
    chain = ProviderChain(
        Kind.RESAMPLING, [Candidate("worse", Worse("close"))], events.append, Sharing(hung_s=0.4)
    )
    stream = ResamplingComponent(chain, ResamplingSection()).open_stream(
        48000, 16000, ResampleQuality.HQ
    )
    made = [*(stream.process(chunk) for chunk in CHUNKS), stream.flush()]
    np.testing.assert_allclose(np.concatenate(made), as_if_nothing_had_happened(), atol=2.0)
    assert [one.call for one in chain.abandoned.running] == ["close"]
    Hanging.released.set()
    until(lambda: not chain.abandoned.running)


@pytest.mark.parametrize("after", [0, 7])
def test_a_conversion_that_hangs_where_nobody_looks_is_left_too(after):
    """As of what is played: the echo is looked for in it. Its threads end with it."""
    before = set(threading.enumerate())
    resampling, events = conversions(after, 0.4)
    stream = resampling.open_stream(48000, 16000, ResampleQuality.HQ)
    made = [*(stream.process(chunk) for chunk in CHUNKS), stream.flush()]
    np.testing.assert_allclose(np.concatenate(made), as_if_nothing_had_happened(), atol=2.0)
    assert told(events) == ["provider_failed", "call_abandoned", "provider_switched"]
    Hanging.released.set()
    until(lambda: not resampling.chain.abandoned.running)
    assert resampling.chain.router.in_flight(lambda one: True) == 0
    dropped = resampling.open_stream(48000, 16000, ResampleQuality.HQ)
    with pytest.raises(ProviderFailedError):
        dropped.process(None)  # whose traceback must not be kept by the thread
    del dropped
    gc.collect()
    until(lambda: not set(threading.enumerate()) - before)
