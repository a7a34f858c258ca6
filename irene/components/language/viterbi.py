"""The likeliest course of languages through frames that are each uncertain."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Shares = npt.NDArray[np.float64]
"""probabilities, shape (frames, languages); a row of zeros is a frame that has no opinion"""

_LEAST = 1e-6
"""probability below which nothing is excluded any further: one frame cannot decide alone"""


def switch_cost(expected_dwell: float, n_languages: int) -> float:
    """Return what a change of language costs, in nats.

    A hidden Markov chain that stays in a language for `expected_dwell` frames on average changes
    with probability 1 / expected_dwell, to each of the others alike; the cost is the logarithm of
    staying over changing to one of them, and never a reward.

    Args:
        expected_dwell: frames, more than 1.
        n_languages: languages that there are, at least 1.
    """
    if n_languages < 2:
        return 0.0
    change = 1.0 / max(expected_dwell, 1.0 + 1e-9)
    return max(0.0, math.log((1.0 - change) * (n_languages - 1) / change))


def likeliest_path(shares: Shares, cost: float) -> npt.NDArray[np.int64]:
    """Return the language of every frame, shape (frames,): the path of the greatest likelihood.

    Dynamic programming over the trellis (Viterbi, IEEE Transactions on Information Theory 13,
    1967; Forney, Proceedings of the IEEE 61, 1973). As every change costs the same, each frame
    takes time in proportion to the number of languages. Of several paths that are equally likely
    it is one that changes later.

    Args:
        shares: probability of each language in each frame; rows need not sum to 1.
        cost: nats that a change costs, as `switch_cost` gives it; 0 lets every frame decide alone.
    """
    n_frames, n_languages = shares.shape
    if not n_frames:
        return np.zeros(0, np.int64)
    scores = _log_likelihoods(shares)
    came_from = np.zeros((n_frames, n_languages), np.int64)
    stays = np.arange(n_languages)
    best = scores[0]
    for frame in range(1, n_frames):
        leader = int(np.argmax(best))
        changes = best[leader] - cost > best
        came_from[frame] = np.where(changes, leader, stays)
        best = np.where(changes, best[leader] - cost, best) + scores[frame]
    return _traced(came_from, int(np.argmax(best)))


def _log_likelihoods(shares: Shares) -> Shares:
    totals = shares.sum(axis=1, keepdims=True)
    known = np.where(totals > 0, shares / np.where(totals > 0, totals, 1.0), 1.0)
    logarithms: Shares = np.log(np.maximum(known, _LEAST))
    return logarithms


def _traced(came_from: npt.NDArray[np.int64], last: int) -> npt.NDArray[np.int64]:
    path = np.zeros(came_from.shape[0], np.int64)
    path[-1] = last
    for frame in range(came_from.shape[0] - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    return path
