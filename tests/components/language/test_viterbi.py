"""The likeliest path through uncertain frames, against trying all of them."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from irene.components.language.viterbi import likeliest_path, switch_cost

FRAMES = arrays.arrays(
    np.float64,
    st.tuples(st.integers(0, 6), st.integers(1, 3)),
    elements=st.sampled_from([0.0, 0.05, 0.2, 0.5, 0.9]),
)


def likelihood(shares, path, cost):
    """Return the logarithm of how likely a path is, from the definition."""
    total = 0.0
    for frame, language in enumerate(path):
        row = shares[frame]
        share = row[language] / row.sum() if row.sum() else 1.0
        total += math.log(max(share, 1e-6))
        total -= cost * (frame > 0 and path[frame - 1] != language)
    return total


@given(FRAMES, st.floats(0.0, 6.0))
def test_no_other_path_is_likelier(shares, cost):
    """Dynamic programming finds what trying every path finds."""
    path = likeliest_path(shares, cost)
    n_frames, n_languages = shares.shape
    every = itertools.product(range(n_languages), repeat=n_frames)
    best = max(likelihood(shares, one, cost) for one in every)
    assert likelihood(shares, path, cost) == pytest.approx(best)


@given(FRAMES)
def test_without_a_cost_every_frame_decides_alone(shares):
    """Frames without an opinion aside, the path is the likeliest language of each."""
    path = likeliest_path(shares, 0.0)
    for row, language in zip(shares, path, strict=True):
        assert row[language] == row.max()


@given(FRAMES)
def test_a_change_that_costs_everything_never_comes(shares):
    """The whole is one language then."""
    assert len(set(likeliest_path(shares, 1e9).tolist())) <= 1


def test_a_single_odd_frame_is_smoothed_away():
    """What one window hears in the middle of a sentence is no change of language."""
    shares = np.tile([0.8, 0.2], (20, 1))
    shares[10] = [0.1, 0.9]
    assert not likeliest_path(shares, switch_cost(30, 2)).any()


def test_a_change_that_lasts_is_found_where_it_is():
    """Smoothing does not move it."""
    shares = np.tile([0.8, 0.2], (40, 1))
    shares[23:] = [0.2, 0.8]
    path = likeliest_path(shares, switch_cost(30, 2))
    assert path.tolist() == [0] * 23 + [1] * 17


def test_silence_between_keeps_the_language():
    """Frames without an opinion continue what was before, up to the change."""
    shares = np.zeros((30, 2))
    shares[:10], shares[20:] = [0.9, 0.1], [0.1, 0.9]
    path = likeliest_path(shares, switch_cost(30, 2))
    assert path[:10].tolist() == [0] * 10
    assert path[20:].tolist() == [1] * 10
    assert np.count_nonzero(np.diff(path)) == 1


def test_longer_stays_make_a_change_dearer():
    """The cost follows from how long a language is spoken on average."""
    costs = [switch_cost(dwell, 3) for dwell in (2, 10, 100)]
    assert costs == sorted(costs)
    assert switch_cost(10, 2) == pytest.approx(math.log(0.9 / 0.1))
    assert switch_cost(10, 1) == 0.0
    assert switch_cost(0.5, 3) == 0.0  # a change is never rewarded
