"""The hidden Markov models: one of a few states for every word, one for silence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from irene_plugins.tts.espeak_library import shared_library
from vosk_model.sentences import WORDS

SILENCE = "SIL"
_STATES_PER_SOUND = 1.2
_UNKNOWN_STATES = 5
_MARKS = set("ˈˌːˑ ‿-_̩̃͡ʲ")


@dataclass(frozen=True)
class Topology:
    """States in order: silence first, then those of each word; every state has a pdf of its own.

    A word is one "phone" of Kaldi: silence is number 1, word number n is phone n + 1.
    """

    lengths: tuple[int, ...]
    """states of silence and of each word"""

    @classmethod
    def of_words(cls) -> Topology:
        """Return the topology of the vocabulary, lengths by the sounds that eSpeak NG counts.

        A state takes at least 30 ms, so a word's number of states is its shortest duration.
        """
        spoken = shared_library().pronounce(WORDS[:-1], "en-us")
        counts = [sum(sound not in _MARKS for sound in word) for word in spoken]
        lengths = [max(2, round(_STATES_PER_SOUND * count)) for count in counts]
        return cls((1, *lengths, _UNKNOWN_STATES))

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """First state of silence and of each word."""
        return tuple(int(start) for start in np.cumsum((0, *self.lengths[:-1])))

    @property
    def n_states(self) -> int:
        """Number of all states."""
        return sum(self.lengths)

    def states(self, word: str) -> list[int]:
        """Return the states of a word, or of silence."""
        phone = 0 if word == SILENCE else WORDS.index(word) + 1
        return list(range(self.starts[phone], self.starts[phone] + self.lengths[phone]))


@dataclass(frozen=True)
class Chain:
    """The states of one sentence from left to right, silence possible around every word."""

    states: np.ndarray
    """pdf of each place, shape (n,)"""
    may_skip: np.ndarray
    """whether the place before this one may be left out: true behind silence"""

    @classmethod
    def of_sentence(cls, topology: Topology, labels: list[str]) -> Chain:
        """Return the chain of a sentence; that of no word is silence alone."""
        silence = topology.states(SILENCE)
        states, skips = list(silence), [False]
        for label in labels:
            word = topology.states(label)
            states += word + silence
            skips += [True] + [False] * len(word)
        return cls(np.array(states), np.array(skips))


def align(scores: np.ndarray, chain: Chain) -> np.ndarray:
    """Return the best way through a sentence by Viterbi's algorithm.

    Args:
        scores: log likelihood of every pdf, shape (frames, pdfs).
        chain: the sentence.

    Returns:
        pdf of each frame, shape (frames,); even shares where there are too few frames.
    """
    local = scores[:, chain.states].astype(np.float64)
    n_frames, n_places = local.shape
    skip_cost = np.where(chain.may_skip, 0.0, -np.inf)
    best = np.full(n_places, -np.inf)
    best[:2] = local[0, :2]
    came = np.zeros((n_frames, n_places), dtype=np.int8)
    ways = np.full((3, n_places), -np.inf)
    for frame in range(1, n_frames):
        ways[0] = best
        ways[1, 1:] = best[:-1]
        ways[2, 2:] = best[:-2] + skip_cost[2:]
        came[frame] = ways.argmax(axis=0)
        best = ways.max(axis=0) + local[frame]
    place = n_places - 1
    if n_places > 1 and best[-2] > best[-1]:
        place -= 1
    if not np.isfinite(best[place]):
        return chain.states[np.arange(n_frames) * n_places // n_frames]
    places = np.empty(n_frames, dtype=np.int64)
    for frame in range(n_frames - 1, -1, -1):
        places[frame] = place
        place -= came[frame, place]
    return chain.states[places]
