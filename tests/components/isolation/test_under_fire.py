"""Many threads, several workers, and somebody who kills them: nobody gets another one's answer."""

import os
import random
import signal
import threading
from contextlib import suppress

import numpy as np
import pytest
from faulty_providers import FaultyAsr, FaultyVad
from worker_bench import SOON, descriptors, wait_until

from irene import AsrRequest, ProviderFailedError


class Caller:
    """Recognises utterances of its own, again and again, until it is told to stop."""

    def __init__(self, asr, number, n_utterances):
        self._asr = asr
        self._random = random.Random(number)
        self._left = n_utterances
        self.n_right = 0
        self.n_lost = 0
        self.wrong = []
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        while self._left:
            self._left -= 1
            blocks = [
                np.full(self._random.randrange(1, 60_000), self._random.randrange(20_000), np.int16)
                for _ in range(self._random.randrange(1, 8))
            ]
            try:
                said = self._recognised(blocks)
            except ProviderFailedError:
                self.n_lost += 1
                continue
            expected = str(sum(int(block.sum(dtype=np.int64)) for block in blocks))
            self.n_right += said == expected
            self.wrong += [] if said == expected else [(said, expected)]

    def _recognised(self, blocks):
        stream = self._asr.open_stream(AsrRequest())
        try:
            heard = 0
            for block in blocks:
                heard += block.size
                assert stream.accept(block).text == str(heard)
            return stream.finish().text.split()[0]
        finally:
            stream.close()


@pytest.mark.slow
def test_nobody_gets_another_ones_answer_while_workers_die(bench):
    """Every utterance is recognised rightly, or fails with an expected error; none hangs."""
    asr = bench.isolated(FaultyAsr(), workers=2, restarts=SOON)
    asr.load()
    callers = [Caller(asr, number, 60) for number in range(6)]
    for caller in callers:
        caller.thread.start()
    chance = random.Random(7)
    n_killed = 0
    while any(caller.thread.is_alive() for caller in callers) and n_killed < 8:
        before = bench.names().count("worker_died")
        if pids := asr.pool.pids:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(pids), signal.SIGKILL)
                n_killed += 1
                wait_until(lambda before=before: bench.names().count("worker_died") > before)
    for caller in callers:
        caller.thread.join()
    assert [caller.wrong for caller in callers] == [[]] * 6
    assert sum(caller.n_right + caller.n_lost for caller in callers) == 360
    assert sum(caller.n_right for caller in callers) > 0
    wait_until(lambda: len(asr.pool.pids) == 2)


@pytest.mark.slow
def test_streams_that_are_closed_from_another_thread_leave_nothing(bench):
    """At any moment: before a call, in it, and after it."""
    vad = bench.isolated(FaultyVad())
    vad.load()
    window = np.full(160, 5, np.int16)
    for stream in [vad.open_stream() for _ in range(3)]:
        stream.close()
    before = descriptors()

    def ask(stream):
        with suppress(ProviderFailedError):
            for _ in range(20):
                assert stream.process(window) == 5 / 32768

    for _ in range(60):
        stream, other = vad.open_stream(), vad.open_stream()
        caller = threading.Thread(target=ask, args=(stream,))
        caller.start()
        stream.close()
        ask(other)
        other.close()
        caller.join()
    assert descriptors() <= before
    assert bench.events == []
