"""The piece of an utterance that is still growing, and what is believed of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from irene import Word
from irene_plugins.asr.whisper.agreement import LocalAgreement, n_repeated
from irene_plugins.asr.whisper.passages import Passage, between_words


class GrowingPiece:
    """What was heard of a piece so far: a stable beginning, and the rest of the last decoding.

    All times are seconds from the beginning of the utterance.
    """

    def __init__(self, stable: Sequence[Word] = (), between: str = " ") -> None:
        """`stable` was promised before the piece began; `between` stands between words."""
        self._agreement = LocalAgreement(stable=stable)
        self._between = between
        self.passage = self._believed(Passage(), tuple(stable))
        """what is believed now"""

    @property
    def stable_text(self) -> str:
        """Text with which every later passage begins, the concluded one as well."""
        return self._spelled(self._agreement.stable)

    def hear(self, passage: Passage, audio_s: float, is_sure: bool = True) -> None:
        """Take a decoding of all audio of the piece.

        Args:
            passage: what was decoded.
            audio_s: where the audio ends.
            is_sure: whether it may make words stable; else it is only believed for now.
        """
        if not self._agreement.stable:
            self._between = between_words(passage.language)
        if is_sure and self._spelled(passage.words) == passage.text:
            self.passage = self._believed(passage, self._agreement.hear(passage.words, audio_s))
        else:
            self.passage = self.concluded(passage)

    def concluded(self, passage: Passage) -> Passage:
        """Return what a decoding of the whole piece says, as far as nothing else was promised."""
        if not self._agreement.stable:
            return passage
        if self._spelled(passage.words) == passage.text:
            return self._believed(passage, self._agreement.conclude(passage.words))
        return replace(passage, text=self._continued(passage.text), words=())

    def cut(self, at_s: float) -> tuple[GrowingPiece, GrowingPiece]:
        """Return the piece up to there, and the one that begins there, with what was promised."""
        stable = self._agreement.stable
        n_before = sum((word.start_s + word.end_s) / 2 <= at_s for word in stable)
        before, after = stable[:n_before], stable[n_before:]
        return GrowingPiece(before, self._between), GrowingPiece(after, self._between)

    def _believed(self, passage: Passage, words: tuple[Word, ...]) -> Passage:
        return replace(passage, text=self._spelled(words), words=words)

    def _spelled(self, words: Sequence[Word]) -> str:
        return self._between.join(word.text for word in words)

    def _continued(self, text: str) -> str:
        """Return the stable text, continued by a text that is known without its words."""
        said, heard = self._parts(self.stable_text), self._parts(text)
        return self._spelled([*said, *heard[n_repeated(said, heard) :]])

    def _parts(self, text: str) -> list[Word]:
        parts = text.split() if self._between else list(text)
        return [Word(part, 0.0, 0.0) for part in parts]
