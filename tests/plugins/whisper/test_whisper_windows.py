"""Long audio in pieces: every sample once, cut where it is quiet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene_plugins.asr.whisper.windows import LONGEST_S, PauseCutter, quietest

RATE = 16000


def pieces_of(blocks, rate, longest_s):
    """Return the pieces, the rest as the last one, and the most samples that were held."""
    cutter = PauseCutter(rate, longest_s)
    pieces, most = [], 0
    for block in blocks:
        pieces += cutter.add(block)
        most = max(most, len(cutter.rest))
    starts = [piece.start for piece in pieces] + [cutter.start]
    return [piece.samples for piece in pieces] + [cutter.rest.copy()], starts, most


blocks = st.lists(st.integers(0, 700), max_size=20)


@given(lengths=blocks, seed=st.integers(0, 99), longest=st.integers(1, 500))
def test_every_sample_is_in_exactly_one_piece(lengths, seed, longest):
    """Pieces one after the other are what came in, however it was divided into blocks."""
    audio = np.random.default_rng(seed).random(sum(lengths), dtype=np.float32)
    split = np.split(audio, np.cumsum(lengths)[:-1]) if lengths else []
    pieces, starts, _ = pieces_of(split, 100, longest / 100)
    assert np.array_equal(np.concatenate(pieces), audio)
    assert starts == [0, *np.cumsum([len(piece) for piece in pieces])[:-1]]


@given(lengths=blocks, longest=st.integers(1, 500))
def test_no_piece_is_too_long_and_only_the_rest_is_short(lengths, longest):
    """A piece fills at least 0.6 of a window; memory is that of one."""
    audio = np.zeros(sum(lengths), dtype=np.float32)
    split = np.split(audio, np.cumsum(lengths)[:-1]) if lengths else []
    pieces, _, most = pieces_of(split, 100, longest / 100)
    assert all(len(piece) <= longest for piece in pieces)
    assert all(len(piece) >= max(1, int(0.6 * longest)) for piece in pieces[:-1])
    assert most <= longest


@given(lengths=blocks, other=blocks, seed=st.integers(0, 9))
def test_the_cuts_do_not_depend_on_the_blocks(lengths, other, seed):
    """The same audio is cut at the same places, however it comes."""
    audio = np.random.default_rng(seed).random(sum(lengths), dtype=np.float32)
    places = [place for place in np.cumsum(other) if place < len(audio)]
    once, _, _ = pieces_of([audio], 100, 2.0)
    again, _, _ = pieces_of(np.split(audio, places), 100, 2.0)
    assert [len(piece) for piece in once] == [len(piece) for piece in again]


def reference(samples, first, last, frame):
    """Return the latest of the quietest stretches of 30 frames, found one by one."""
    n_frames = (last - first) // frame
    if n_frames < 30:
        return last
    best, least = 0, np.inf
    for start in range(n_frames - 29):
        begin = first + start * frame
        energy = float(np.square(samples[begin : begin + 30 * frame], dtype=np.float64).sum())
        if energy <= least:
            best, least = start, energy
    return first + (best + 15) * frame


@given(
    levels=st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=1, max_size=90),
    first=st.integers(0, 60),
)
def test_the_quietest_place_is_what_a_plain_search_finds(levels, first):
    """Levels of frames of 10 samples; a tie goes to the later place."""
    samples = np.repeat(np.array(levels, dtype=np.float32), 10)
    first = min(first, len(samples))
    found = quietest(samples, first, len(samples), 1000)
    assert found == reference(samples, first, len(samples), 10)
    assert first <= found <= len(samples)


def test_audio_of_one_window_is_not_cut():
    """A command is one piece."""
    cutter = PauseCutter()
    assert cutter.add(np.ones(round(LONGEST_S * RATE), dtype=np.float32)) == []
    assert len(cutter.rest) == LONGEST_S * RATE


def test_speech_is_cut_in_the_middle_of_its_last_long_pause():
    """Two pauses of 0.6 s: the later one within the window is taken, and no word is cut."""
    audio = np.random.default_rng(0).standard_normal(40 * RATE).astype(np.float32)
    for pause_s in (18.0, 25.0, 33.0):
        audio[round(pause_s * RATE) : round((pause_s + 0.6) * RATE)] *= 0.01
    piece = PauseCutter().add(audio)[0]
    assert len(piece.samples) / RATE == pytest.approx(25.3, abs=0.16)
