"""Which state is heard when: a flat start, then Gaussians that learn from their own alignment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vosk_model.corpus import Spoken
from vosk_model.topology import Topology, align

STRIDE = 3
"""the decoder takes every third frame of 10 ms, so states are counted in those"""
_N_CEPSTRA = 16
_N_PASSES = 10
_QUIETEST_SHARE = 0.35
_LEAST_VARIANCE = 0.05


def first_alignment(corpus: Sequence[Spoken], topology: Topology) -> list[np.ndarray]:
    """Return a pdf for each frame of 10 ms of each clip, shape (frames,)."""
    observed = [_with_deltas(one.copies[0][::STRIDE]) for one in corpus]
    scale = 1.0 / np.concatenate(observed).std(axis=0)
    observed = [each * scale for each in observed]
    aligned = [_evenly(one) for one in corpus]
    for _ in range(_N_PASSES):
        means, variances = _gaussians(observed, aligned, topology.n_states)
        aligned = [
            align(_log_likelihood(each, means, variances), one.chain)
            for each, one in zip(observed, corpus, strict=True)
        ]
    return [
        np.repeat(states, STRIDE)[: one.n_frames]
        for states, one in zip(aligned, corpus, strict=True)
    ]


def realigned(scores: np.ndarray, spoken: Spoken) -> np.ndarray:
    """Return the best pdf for each frame, found at each of the decoder's three phases.

    Args:
        scores: log likelihood of every pdf at every 10 ms, shape (frames, pdfs).
        spoken: the clip.
    """
    states = np.empty(len(scores), dtype=np.int64)
    for phase in range(STRIDE):
        states[phase::STRIDE] = align(scores[phase::STRIDE], spoken.chain)
    return states


def _with_deltas(cepstra: np.ndarray) -> np.ndarray:
    statics = cepstra[:, :_N_CEPSTRA]
    return np.concatenate([statics, np.gradient(statics, axis=0)], axis=1)


def _evenly(spoken: Spoken) -> np.ndarray:
    """Give quiet ends to silence, and the rest to the states in equal parts."""
    loudness = spoken.copies[0][::STRIDE, 0]
    places = spoken.chain.states
    if len(places) == 1:
        return np.zeros(len(loudness), dtype=np.int64)
    quiet, loud = np.percentile(loudness, (5, 95))
    heard = np.flatnonzero(loudness > quiet + _QUIETEST_SHARE * (loud - quiet))
    words = places[places != places[0]]
    states = np.full(len(loudness), places[0])
    first, n_heard = heard[0], heard[-1] + 1 - heard[0]
    states[first : first + n_heard] = words[np.arange(n_heard) * len(words) // n_heard]
    return states


def _gaussians(
    observed: Sequence[np.ndarray], aligned: Sequence[np.ndarray], n_states: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of each state, shape (states, dimensions)."""
    frames, states = np.concatenate(observed), np.concatenate(aligned)
    counts = np.bincount(states, minlength=n_states)[:, None] + 1e-3
    sums, squares = np.zeros((2, n_states, frames.shape[1]))
    np.add.at(sums, states, frames)
    np.add.at(squares, states, np.square(frames))
    means = sums / counts
    return means, np.maximum(squares / counts - np.square(means), _LEAST_VARIANCE)


def _log_likelihood(frames: np.ndarray, means: np.ndarray, variances: np.ndarray) -> np.ndarray:
    precisions = 1.0 / variances
    constant = np.log(variances).sum(axis=1) + (np.square(means) * precisions).sum(axis=1)
    crossed = np.square(frames) @ precisions.T - 2 * frames @ (means * precisions).T
    return -0.5 * (crossed + constant)
