"""Stretches of audio chunks."""

import numpy as np

from irene import AudioChunk


def test_a_stretch_of_a_chunk_knows_its_place():
    """Counted from the chunk's own start; what lies beyond it is not there."""
    chunk = AudioChunk(np.arange(100, dtype=np.int16), 100, 5.0)
    part = chunk.between(0.25, 0.5)
    assert (part.samples.tolist(), part.start_s) == (list(range(25, 50)), 5.25)
    assert chunk.between(-1.0, 0.1).samples.tolist() == list(range(10))
    assert chunk.between(-1.0, 0.1).start_s == 5.0
    assert chunk.between(0.9, 3.0).end_s == 6.0
