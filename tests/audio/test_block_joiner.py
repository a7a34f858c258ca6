"""Long blocks of short ones."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.block_joiner import BlockJoiner
from irene.domain.audio import AudioFormat


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 90)), max_size=30),
    st.sampled_from([1, 2]),
)
def test_joined_blocks_hold_every_sample_in_order(blocks, channels):
    """Against the plain concatenation; nothing waits that is long enough."""
    joiner, sent, got = BlockJoiner(AudioFormat(16000, channels)), 0, []
    for length, enough in blocks:
        samples = np.arange(sent, sent + length * channels, dtype=np.int16)
        sent += samples.size
        joined = joiner.add(samples if channels == 1 else samples.reshape(-1, 2), enough)
        if joined is not None:
            assert joined.shape[0] >= enough
            got += joined.reshape(-1).tolist()
    rest = joiner.rest()
    got += [] if rest is None else rest.reshape(-1).tolist()
    assert got == list(range(sent))
    assert joiner.rest() is None


def test_a_block_that_is_long_enough_is_not_copied():
    """The usual case costs nothing."""
    samples = np.ones(1280, np.int16)
    assert BlockJoiner(AudioFormat(16000)).add(samples, 1280) is samples
