"""A mouth on scripted parts: words become numbers in the samples, so that tests can read them."""

import asyncio
import re
import threading

import numpy as np

from irene import OutputStream, Response, Tts
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.voice import VoiceComponent
from irene.config.sections import SoundsSection, TtsSection
from irene.domain.kinds import Kind
from irene.pipeline.speaking.earcons import Earcons
from irene.pipeline.speaking.mouth import Mouth
from irene.testing import ScriptedOutput

RATE = 16000
WORD = 400
"""samples of a word: 25 ms"""
WAIT_S = 10
"""longest wait in a test that works"""


def no_fault():
    """Work."""


class NumberVoice(Tts[None]):
    """Says `w7` as 400 samples of 700: a block for each word."""

    name = "number"

    def __init__(self, name="number", offset=0, rate=RATE):
        super().__init__(None)
        self.name = name
        self.offset = offset
        self.rate = rate
        self.fault = no_fault
        self.texts = []
        self.n_blocks = 0
        self.n_open = 0

    @property
    def sample_rate(self):
        """Hz."""
        return self.rate

    def synthesize(self, request):
        """Speak word by word; the fault is called before each."""
        self.texts.append(request.text)
        self.n_open += 1
        try:
            for number in re.findall(r"w(\d+)", request.text):
                self.fault()
                self.n_blocks += 1
                yield np.full(WORD, self.offset + 100 * int(number), np.int16)
        finally:
            self.n_open -= 1


class KeepingOutput(ScriptedOutput):
    """Keeps what it plays as `(rate, samples)`, and calls a hook after every write."""

    live = True

    def __init__(self):
        super().__init__(None)
        self.played = []
        self.rates = []
        self.ends = []
        self.on_write = no_fault
        self.ducks = []

    def open_stream(self, sample_rate):
        """Start a stream."""
        self.rates.append(sample_rate)
        return _Keeping(self)

    @property
    def words(self):
        """The numbers that were said, as far as whole words go; pauses are left out."""
        samples = np.concatenate([np.zeros(0, np.int16), *self.played])
        middles = samples[WORD // 2 :: WORD]
        return [round(int(value) / 100) for value in middles if value]

    @property
    def samples(self):
        return np.concatenate([np.zeros(0, np.int16), *self.played])


class _Keeping(OutputStream):
    def __init__(self, output):
        self._output = output
        self._aborted = threading.Event()

    def write(self, samples):
        if self._aborted.is_set():
            return
        self._output.played.append(samples.copy())
        self._output.on_write()

    def finish(self):
        self._output.ends.append("finish")

    def abort(self):
        self._aborted.set()
        self._output.ends.append("abort")


class Stages:
    """Notes what it is told."""

    def __init__(self):
        self.told = []

    def synthesized(self):
        self.told.append("synthesized")

    def heard(self):
        self.told.append("heard")

    def finish(self):
        self.told.append("finish")


class Bench:
    """A mouth with its parts; make it inside a running loop."""

    def __init__(
        self,
        voices=None,
        output=None,
        timeout_s=WAIT_S,
        speaks=True,
        sounds=None,
        others=(),
        hung_s=None,
        **tts,
    ):
        """`others` are outputs that stand in; calls count as hung after `hung_s`."""
        self.voices = voices or [NumberVoice()]
        self.output = output or KeepingOutput()
        self.events = []
        sharing = Sharing(hung_s=hung_s)
        chain = ProviderChain(
            Kind.TTS, [Candidate(one.name, one) for one in self.voices], self.events.append, sharing
        )
        named = [Candidate("output", self.output)]
        named += [Candidate(f"other{number}", one) for number, one in enumerate(others)]
        self.outputs = outputs = ProviderChain(Kind.OUTPUT, named, self.events.append, sharing)
        section = TtsSection(**{"sentence_pause_ms": 0, "default_provider": "number", **tts})
        earcons = Earcons(sounds or SoundsSection())
        earcons.load()
        voice = VoiceComponent(chain, section) if speaks else None
        self.mouth = Mouth(voice, outputs, timeout_s, section.volume, earcons)
        self.stages = Stages()
        self.known = []

    async def say(self, text="", pieces=None, since=None):
        """Speak and return what became of it."""
        since = self.mouth.interruptions if since is None else since
        response = Response(text, "en", pieces=pieces)
        return await self.mouth.say(response, since, self.stages, self.known.append)


def on_bench(test, **parts):
    """Run `await test(bench)` and return its result; the mouth is closed afterwards."""

    async def run():
        bench = Bench(**parts)
        try:
            return await test(bench)
        finally:
            await bench.mouth.close()

    return asyncio.run(run())


def sentences(*lengths):
    """Return sentences of so many words, numbered through from 1, and the numbers of each."""
    texts, numbers, last = [], [], 0
    for length in lengths:
        numbers.append(list(range(last + 1, last + 1 + length)))
        last += length
        texts.append(" ".join(["Say", *(f"w{number}" for number in numbers[-1])]) + ".")
    return texts, numbers
