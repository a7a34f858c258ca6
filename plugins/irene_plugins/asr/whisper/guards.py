"""Guards against what Whisper models invent: text where nobody speaks, and phrases in a loop."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

from irene_plugins.asr.whisper.passages import Passage

_LOOP = 4
"""times that a phrase follows itself before it counts as a loop"""
_LONGEST_PHRASE = 16
"""words"""


@dataclass(frozen=True)
class Guards:
    """The thresholds of Radford et al. 2022, section 4.5, and what follows from them.

    The paper: "Robust Speech Recognition via Large-Scale Weak Supervision".
    """

    no_speech_threshold: float = 0.6
    """probability that nobody speaks, 0 to 1"""
    logprob_threshold: float = -1.0
    """mean natural logarithm of the probabilities of the tokens"""
    compression_ratio: float = 2.4
    """bytes of the text, to those of the compressed text"""

    def is_silence(self, passage: Passage) -> bool:
        """Whether nobody spoke: the model thinks so, and is not sure of its text."""
        return (
            passage.no_speech > self.no_speech_threshold
            and passage.log_probability < self.logprob_threshold
        )

    def is_hardly_speech(self, passage: Passage) -> bool:
        """Whether the model thinks that nobody spoke, however sure of its text it is.

        That is no reason to throw the text away, but one not to act on it as a command.
        """
        return passage.no_speech > self.no_speech_threshold

    def is_doubtful(self, passage: Passage) -> bool:
        """Whether to try again at a higher temperature: in a loop, or not sure, and no silence."""
        if self.is_silence(passage):
            return False
        return passage.log_probability < self.logprob_threshold or self.loops(passage)

    def loops(self, passage: Passage) -> bool:
        """Whether the text repeats itself too much."""
        return compression(passage.text) > self.compression_ratio

    def cleaned(self, passage: Passage) -> Passage:
        """Return what can be believed of a passage: nothing of silence, and loops said once.

        What was in a loop is not sure, however sure the model was of it.
        """
        if not passage.text or self.is_silence(passage):
            return replace(passage, text="", words=())
        if not self.loops(passage):
            return passage
        tokens = passage.text.split()
        kept = unlooped(tokens)
        words = passage.words
        if len(words) == len(tokens):
            words = tuple(words[number] for number in kept)
        elif len(kept) < len(tokens):
            words = ()  # which of them belong to the text is not known
        return replace(
            passage,
            text=" ".join(tokens[number] for number in kept),
            words=words,
            log_probability=min(passage.log_probability, 2 * self.logprob_threshold),
        )


def compression(text: str) -> float:
    """Return how many times shorter zlib makes a text; 0 of an empty one."""
    written = text.encode()
    return len(written) / len(zlib.compress(written)) if written else 0.0


def unlooped(words: list[str]) -> list[int]:
    """Return the indices of the words that are left when loops are said only once.

    A phrase of up to 16 words that follows itself four times or more is a loop. Shorter phrases
    are looked for first. Case and punctuation make no difference.
    """
    kept = list(range(len(words)))
    bare = [_bare(word) for word in words]
    for length in range(1, _LONGEST_PHRASE + 1):
        place = 0
        while place + _LOOP * length <= len(kept):
            n_times = _n_times(bare, kept, place, length)
            if n_times >= _LOOP:
                del kept[place + length : place + n_times * length]
            place += 1
    return kept


def _n_times(bare: list[str], kept: list[int], place: int, length: int) -> int:
    """Return how many times in a row the phrase at a place stands there."""
    phrase = [bare[number] for number in kept[place : place + length]]
    n_times = 1
    while True:
        start = place + n_times * length
        if [bare[number] for number in kept[start : start + length]] != phrase:
            return n_times
        n_times += 1


def _bare(word: str) -> str:
    return word.lower().strip(".,!?;:\"'()[]…-") or word
