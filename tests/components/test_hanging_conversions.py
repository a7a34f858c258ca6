"""A thread that hangs in a resampler is left, and another one goes on with its samples."""

import gc
import threading

import numpy as np
import pytest
from resampling_parts import component
from waiting import until

from irene import Kind, ProviderFailedError, ResampleQuality, Resampler, ResampleStream
from irene.components.calls.watch import CallWatch, Relay
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.resampling.component import ResamplingComponent
from irene.components.routing.settings import RoutingSettings
from irene.config.sections import ResamplingSection
from irene_plugins.resampling.soxr import SoxrResampler

LONGEST_WAIT_S = 30
"""a deadlock fails the test instead of hanging it"""
LIMIT_S = 0.2


def told(events):
    """Return the names of events, without those of circuits."""
    return [one.event for one in events if one.event != "circuit_changed"]


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


def converting(stream):
    """Return what is made of the chunks, and what goes on with the one that is next."""
    left, made = list(CHUNKS), []

    def work(*_):
        while left:
            made.append(stream.process(left[0]))
            left.pop(0)

    return made, work


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
    made, work = converting(stream)
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
    made, work = converting(stream)

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
    made, work = converting(stream)
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
