"""Reading blocks of one input: short ones are joined into long ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.samples import power, to_int16, to_mono
from irene.domain.audio import AudioFormat
from irene.domain.clock import SystemClock
from irene.pipeline.listening.block_reading import BlockReading, Stop
from irene.providers.input import InputStream


class Blocks(InputStream):
    """Delivers these blocks one after another, all in the same memory, as a sound card does."""

    def __init__(self, blocks, channels=1, dtype="int16"):
        self.blocks = list(blocks)
        self._format = AudioFormat(16000, channels, dtype)
        longest = max((len(block) for block in self.blocks), default=0)
        shape = (longest,) if channels == 1 else (longest, channels)
        self._memory = np.zeros(shape, dtype)

    @property
    def format(self):
        return self._format

    def read(self):
        if not self.blocks:
            return None
        block = self.blocks.pop(0)
        self._memory[: len(block)] = block
        return self._memory[: len(block)]

    def close(self):
        """Nothing is held."""


def reading_of(stream):
    return BlockReading(stream, stream.format, Stop(), SystemClock().monotonic)


@given(
    lengths=st.lists(st.integers(0, 60), max_size=30),
    enough=st.lists(st.integers(0, 90), min_size=1),
    channels=st.sampled_from([1, 2]),
)
def test_joined_blocks_hold_every_sample_in_order(lengths, enough, channels):
    """However long blocks are to be each time; nothing waits that is long enough."""
    everything = np.arange(sum(lengths) * channels, dtype=np.int16)
    frames = everything if channels == 1 else everything.reshape(-1, channels)
    reading = reading_of(Blocks(np.split(frames, np.cumsum(lengths)[:-1]), channels))
    got, n_read = [], 0
    while True:
        reading.enough = enough[n_read % len(enough)]
        samples = reading.read()
        if samples is None:
            break
        n_read += 1
        assert len(samples) >= reading.enough
        got += samples.reshape(-1).tolist()
    rest = reading.rest()
    got += [] if rest is None else rest.reshape(-1).tolist()
    assert got == everything.tolist()
    assert reading.rest() is None


def test_a_block_that_is_long_enough_is_not_copied():
    """The usual case costs nothing."""
    stream = Blocks([np.ones(1280, np.int16)])
    reading = reading_of(stream)
    reading.enough = 1280
    assert np.shares_memory(reading.read(), stream._memory)


@pytest.mark.parametrize("channels", [1, 2])
def test_floats_beyond_full_scale_are_clipped(channels):
    """However far they are beyond: the audio is loud, and no sum of it is infinite."""
    block = np.array([0.5, -0.25, 1.5, -3e38, 3e38, 3e38, np.inf, -np.inf], np.float32)
    frames = block if channels == 1 else block.reshape(-1, channels)
    samples = reading_of(Blocks([frames], channels, "float32")).read()
    assert samples.reshape(-1).tolist() == [0.5, -0.25, 1, -1, 1, 1, 1, -1]
    with np.errstate(all="raise"):
        to_int16(to_mono(samples))
        power(to_mono(samples))
