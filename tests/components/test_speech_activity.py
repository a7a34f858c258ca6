"""Hearing a track for speech, window by window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.plan import Consumer, make_plan
from irene.audio.streams import StreamTracks
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.speech_activity import SpeechActivityListener
from irene.domain.audio import AudioFormat
from irene.domain.kinds import Kind
from irene.providers.vad import VadStream
from irene.testing import ScriptedVad

RATE = 16000


def listener(levels, vads=None):
    """Return a listener to windows of these levels; it takes what is loud for speech."""
    plan = make_plan(AudioFormat(RATE), [Consumer("vad", "scripted", (RATE,), RATE)])
    tracks = StreamTracks(plan, 10, lambda *_: pytest.fail("no conversion"))
    candidates = [Candidate(f"vad{n}", vad) for n, vad in enumerate(vads or [ScriptedVad()])]
    chain = ProviderChain(Kind.VAD, candidates, lambda _: None)
    vad = SpeechActivityListener(chain, tracks.of("vad"))
    tracks.append(np.repeat(np.array(levels, np.int16), vad.window))
    return vad


@given(st.lists(st.sampled_from([0, 0, 0, 20000]), max_size=40))
def test_quiet_windows_are_passed_over_as_they_are_heard(levels):
    """Whoever wants only the loud ones gets what is left when the others are thrown away."""
    every = list(listener(levels).windows())
    vad = listener(levels)
    loud = list(iter(lambda: vad.next_window(0.5), None))
    assert loud == [window for window in every if window.probability >= 0.5]
    assert vad.position_s == pytest.approx(len(levels) * vad.window / RATE)


def test_a_window_right_before_a_loss_ends_before_it():
    """Speech that is heard again from the pre-roll on would begin as much too late."""
    vad = listener([20000])
    vad.track.jump(vad.window, 2.0)
    vad.track.append(np.full(vad.window, 20000, np.int16))
    length_s = vad.window / RATE
    spans = [(window.start_s, window.end_s) for window in vad.windows()]
    assert spans == [
        pytest.approx((0.0, length_s)),
        pytest.approx((2.0 + length_s, 2.0 + 2 * length_s)),
    ]


class _Fragile(VadStream):
    """Breaks at its third window."""

    def __init__(self, inner):
        self._inner, self._n_heard = inner, 0

    def process(self, window):
        self._n_heard += 1
        if self._n_heard == 3:
            raise OSError("boom")
        return self._inner.process(window)

    def reset(self):
        self._inner.reset()


class Fragile(ScriptedVad):
    """A VAD whose streams break soon."""

    def open_stream(self):
        """Begin."""
        return _Fragile(super().open_stream())


def test_a_window_that_an_engine_fails_at_is_heard_by_the_next():
    """In the middle of quiet ones, too; none is heard twice."""
    vad = listener([0, 0, 20000, 0, 20000], vads=(Fragile(), ScriptedVad()))
    starts = [window.start_s for window in iter(lambda: vad.next_window(0.5), None)]
    assert vad.provider == "vad1"
    assert starts == pytest.approx([2 * vad.window / RATE, 4 * vad.window / RATE])
