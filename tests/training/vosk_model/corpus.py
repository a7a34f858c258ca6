"""The training set: what was said, and its cepstra in several rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np

from vosk_model.features import cepstra
from vosk_model.rooms import copies, padded, silences
from vosk_model.sentences import as_labels, training_texts
from vosk_model.topology import Chain, Topology
from vosk_model.voices import Speakers

Report = Callable[[str], None]


@dataclass(frozen=True)
class Spoken:
    """One clip of the training set."""

    chain: Chain
    copies: list[np.ndarray]
    """cepstra of each copy, float32 of shape (frames, 20); the first is the cleanest"""

    @property
    def n_frames(self) -> int:
        """Frames of 10 ms."""
        return len(self.copies[0])


def training_set(n_clips: int, topology: Topology, seed: int) -> list[Spoken]:
    """Speak and colour the training texts; then as many clips of silence as a fifteenth of them."""
    random, rng = Random(seed), np.random.default_rng(seed)
    speakers = Speakers.for_training(random)
    spoken = []
    for text in training_texts(n_clips, random):
        clip = speakers.say(text)
        chain = Chain.of_sentence(topology, as_labels(text))
        spoken.append(Spoken(chain, copies(padded(clip.samples, rng), rng)))
    nothing = Chain.of_sentence(topology, [])
    quiet = [Spoken(nothing, [cepstra(clip)]) for clip in silences(n_clips // 15, rng)]
    return spoken + quiet
