"""Whether anything can be heard, and whether audio comes live."""

import numpy as np

from irene.testing import VirtualClock
from irene_plugins.asr.whisper.audible import is_audible
from irene_plugins.asr.whisper.pace import Pace

RATE = 16000


def sound(seconds, level_db):
    """Return white noise of that level below full scale."""
    noise = np.random.default_rng(0).standard_normal(round(seconds * RATE))
    return (noise * 10 ** (level_db / 20)).astype(np.float32)


def test_what_can_be_heard():
    """Zeros and the noise of a sound card are silence; a whisper is none, nor is one sample."""
    assert not is_audible(np.zeros(RATE, dtype=np.float32))
    assert not is_audible(np.zeros(0, dtype=np.float32))
    assert not is_audible(sound(1, -90))
    assert is_audible(sound(1, -60))
    assert is_audible(np.array([0.5], dtype=np.float32))


def test_live_blocks_are_waited_for():
    """A block of 20 ms that comes 20 ms later is live."""
    clock = VirtualClock()
    pace = Pace(clock.monotonic)
    pace.done()
    clock.advance(0.02)
    assert pace.waited_for(320)


def test_a_recording_and_a_backlog_are_not_waited_for():
    """They follow each other at once, however long each took to hear."""
    clock = VirtualClock()
    pace = Pace(clock.monotonic)
    assert not pace.waited_for(320)
    clock.advance(3.0)
    pace.done()
    clock.advance(0.001)
    assert not pace.waited_for(320)
