"""Recognisers whose text depends on every sample and every window, and a bench to break them on."""

import hashlib
import threading

import numpy as np

from irene import Asr, AsrCapabilities, AsrRequest, AsrStream, Hypothesis, Kind
from irene.components.asr.guidance import Guidance
from irene.components.calls.abandoned import AbandonedCalls
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.routing.settings import RoutingSettings
from irene.components.utterances.callbacks import UtteranceCallbacks
from irene.components.utterances.recognisers import Recognisers
from irene.components.utterances.refusals import Refusals
from irene.components.utterances.time_limits import TimeLimits
from irene.components.utterances.utterance import Utterance
from irene.testing import VirtualClock

LONGEST_WAIT_S = 30.0
"""a deadlock fails the test instead of hanging it"""
DEADLINE_S = 3.0


class RestfulClock(VirtualClock):
    """A virtual clock on which nobody may wait for no time at all, again and again."""

    def wait(self, changed, seconds):
        """Wait, and not just look."""
        assert seconds is None or seconds > 0
        super().wait(changed, seconds)


class Digesting(Asr[None]):
    """Its text tells which samples it heard in which windows; may fail in any of its calls."""

    name = "digesting"
    capabilities = AsrCapabilities(max_concurrency=8)

    def __init__(self, options=None):
        super().__init__(options)
        self.fault = None
        """takes the number of the call within the utterance and its name; may return nonsense"""
        self.streams = []
        """those that were opened"""

    def open_stream(self, request):
        """Open, which is call 0."""
        stream = DigestingStream(self, request)
        return stream.call("open_stream", lambda: self.streams.append(stream) or stream)


class DigestingStream(AsrStream):
    """One utterance."""

    def __init__(self, asr, request):
        self.asr, self.request = asr, request
        self.n_calls = 0
        self.blocks = []
        self.is_closed = False

    @property
    def text(self):
        """What it makes of the windows so far."""
        digest = hashlib.sha256()
        for block in self.blocks:
            digest.update(f"{block.dtype} {block.shape};".encode() + block.tobytes())
        return f"{sum(map(len, self.blocks))} in {len(self.blocks)}: {digest.hexdigest()[:12]}"

    def call(self, name, answer, block=None):
        """Count a call, fail in it, or answer."""
        number, self.n_calls = self.n_calls, self.n_calls + 1
        if self.asr.fault is not None:
            nonsense = self.asr.fault(number, name, block)
            if nonsense is not None:
                return nonsense
        return answer()

    def accept(self, samples):
        """Hear a window."""

        def hear():
            self.blocks.append(samples.copy())
            return Hypothesis(self.text, False)

        return self.call("accept", hear, samples)

    def finish(self):
        """Tell what was heard."""
        return self.call("finish", lambda: Hypothesis(self.text, True))

    def close(self):
        """Close."""
        self.is_closed = True
        self.call("close", lambda: None)


class Hang:
    """A fault that never returns, until the test is over."""

    def __init__(self, at):
        self.at = at
        self.reached = threading.Event()
        self.release = threading.Event()

    def __call__(self, number, name, block):
        """Hang in one call."""
        if self.at in (number, name):
            self.reached.set()
            self.release.wait(LONGEST_WAIT_S)


class Bench:
    """A chain of such recognisers on a clock that the test owns."""

    def __init__(self, *names, cls=Digesting, providers=None, **settings):
        """`settings` may be `limits`, `routing` and `clock`."""
        limits, routing = settings.get("limits"), settings.get("routing")
        self.clock = settings.get("clock") or RestfulClock()
        self.events = []
        self.providers = providers or {name: cls() for name in names or ("first", "second")}
        candidates = [Candidate(name, provider) for name, provider in self.providers.items()]
        sharing = Sharing(routing or RoutingSettings(deadline_s=DEADLINE_S))
        self.chain = ProviderChain(Kind.ASR, candidates, self.events.append, sharing, self.clock)
        self.recognisers = Recognisers(
            chain=self.chain,
            guidance=Guidance("auto", self.events.append),
            refusals=Refusals(),
            abandoned=AbandonedCalls(Kind.ASR, self.events.append),
            clock=self.clock,
        )
        self.limits = limits or TimeLimits(total_s=100.0)
        self.partials = []

    def __getitem__(self, name):
        return self.providers[name]

    def open(self, callbacks=None, **request):
        """Begin an utterance."""
        callbacks = callbacks or UtteranceCallbacks(
            partial=lambda partial: self.partials.append(partial.text)
        )
        return Utterance(self.recognisers, AsrRequest(16000, **request), self.limits, callbacks)

    def hear(self, blocks, live=True, between=lambda number: None):
        """Recognise blocks, one after the other or all at once."""
        utterance = self.open()
        for number, block in enumerate(blocks):
            utterance.feed(block)
            between(number)
            if live:
                assert utterance.wait_idle(LONGEST_WAIT_S)
        utterance.end()
        return utterance, utterance.text.result(LONGEST_WAIT_S)

    def named(self, event):
        """Return the events of a name."""
        return [one for one in self.events if one.event == event]


def blocks_of(*sizes, seed=1):
    """Return noise in blocks of these sizes."""
    noise = np.random.default_rng(seed)
    return [noise.integers(-9000, 9000, size).astype(np.int16) for size in sizes]


def undisturbed(blocks, cls=Digesting):
    """Return the text of a recogniser that is simply given the whole utterance."""
    stream = cls().open_stream(AsrRequest(16000))
    for block in blocks:
        stream.accept(block)
    return stream.finish().text
