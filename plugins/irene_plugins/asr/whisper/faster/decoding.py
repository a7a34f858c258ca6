"""Windows decoded together on CTranslate2, and what the decoder says about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from irene import Word
from irene_plugins.asr.whisper.engine import finished
from irene_plugins.asr.whisper.faster.alignment import word_times
from irene_plugins.asr.whisper.faster.tokens import Tokens
from irene_plugins.asr.whisper.passages import Passage, most_tokens
from irene_plugins.asr.whisper.query import Query

Decoded = tuple[Passage, float | None]
"""what was said, and from when on (s) the rest is to be recognised; None: nothing is left"""


@dataclass(frozen=True)
class Features:
    """A window of audio as the encoder sees it; any number of questions may be asked about it."""

    encoded: Any
    """numpy, shape (n_audio_ctx, n_audio_state)"""
    n_samples: int
    """samples of the window without padding"""

    @property
    def nbytes(self) -> int:
        """Bytes of the array."""
        return int(self.encoded.nbytes)


@dataclass(frozen=True)
class Question:
    """A window, and what is to be found out about it."""

    features: Features
    query: Query
    prompt: tuple[int, ...]
    """tokens that come before"""

    @property
    def key(self) -> object:
        """Questions of one key can be decoded together: the engine wants prompts of one length."""
        return replace(self.query, prompt=""), len(self.prompt)


@dataclass(frozen=True)
class _Draft:
    """What the model wrote of a window."""

    question: Question
    passage: Passage
    """without times"""
    tokens: tuple[int, ...]

    @property
    def is_doubtful(self) -> bool:
        """Whether to try again at a higher temperature."""
        return self.question.query.effort.guards.is_doubtful(self.passage)

    @property
    def is_said(self) -> bool:
        """Whether there is a text to be believed."""
        silence = self.question.query.effort.guards.is_silence(self.passage)
        return bool(self.passage.text) and not silence


class Decoder:
    """The decoder of a loaded model; any thread may call any method."""

    def __init__(self, model: Any, tokens: Tokens, n_text_ctx: int) -> None:
        """`model` is a `faster_whisper.WhisperModel`; a text has at most half of `n_text_ctx`."""
        self._model = model
        self._tokens = tokens
        self._n_text_ctx = n_text_ctx

    def languages(self, features: Features) -> dict[str, float]:
        """Return the probability of each language, 0 to 1; they sum up to 1."""
        if not self._model.model.is_multilingual:
            return {"en": 1.0}
        (shares,) = self._model.model.detect_language(_stacked([features]))
        return {str(token)[2:-2]: float(share) for token, share in shares}

    def decode(self, questions: Sequence[Question]) -> list[Decoded]:
        """Answer questions of one key; doubtful texts are tried again, without the others."""
        known = [self._with_language(one) for one in questions]
        temperatures = questions[0].query.effort.temperatures
        drafts = self._written(known, temperatures[0])
        for temperature in temperatures[1:]:
            doubtful = [place for place, draft in enumerate(drafts) if draft.is_doubtful]
            if not doubtful:
                break
            again = self._written([known[place] for place in doubtful], temperature)
            for place, draft in zip(doubtful, again, strict=True):
                drafts[place] = draft
        return self._finished(drafts)

    def align(
        self, features: Sequence[Features], language: str, texts: Sequence[Sequence[int]]
    ) -> list[tuple[Word, ...]]:
        """Return the words of texts in one language, given as tokens without times."""
        lengths = [one.n_samples for one in features]
        return word_times(self._model, _stacked(features), language, texts, lengths)

    def _with_language(self, question: Question) -> Question:
        if question.query.language is not None:
            return question
        shares = self.languages(question.features)
        language = max(shares, key=lambda code: shares[code])
        return replace(question, query=replace(question.query, language=language))

    def _written(self, questions: Sequence[Question], temperature: float) -> list[_Draft]:
        """Return what the model writes of windows at a temperature."""
        query, is_greedy = questions[0].query, temperature == 0
        results = self._model.model.generate(
            _stacked([one.features for one in questions]),
            [[*one.prompt, *self._tokens.start(one.query.language)] for one in questions],
            beam_size=query.effort.beam_size if is_greedy else 1,
            sampling_topk=1 if is_greedy else 0,
            sampling_temperature=1 if is_greedy else temperature,
            max_length=self._length(questions),
            suppress_tokens=self._tokens.suppressed(query.in_words),
            return_scores=True,
            return_no_speech_prob=True,
        )
        pairs = zip(questions, results, strict=True)
        return [self._draft(question, result, temperature) for question, result in pairs]

    def _length(self, questions: Sequence[Question]) -> int:
        """Return the bound that the engine takes: prompt and text together, or twice the text."""
        most = max(most_tokens(one.features.n_samples) for one in questions)
        n_before = len(questions[0].prompt) + len(self._tokens.start("en"))
        return min(self._n_text_ctx, max(2 * most, most + n_before))

    def _draft(self, question: Question, result: Any, temperature: float) -> _Draft:
        tokens = tuple(result.sequences_ids[0])[: most_tokens(question.features.n_samples)]
        # the score is a mean without the end of the text, which the thresholds count as well
        log_probability = float(result.scores[0]) * len(tokens) / (len(tokens) + 1)
        passage = Passage(
            text=self._tokens.text(tokens),
            language=question.query.language,
            log_probability=log_probability,
            no_speech=float(result.no_speech_prob),
            temperature=temperature,
        )
        return _Draft(question, passage, tokens)

    def _finished(self, drafts: Sequence[_Draft]) -> list[Decoded]:
        """Return whole sentences, with the times of their words where they are wanted."""
        ends = [finished(draft.tokens, self._tokens.first_time) for draft in drafts]
        texts = [self._tokens.words_only(tokens) for tokens, _ in ends]
        words = self._words(drafts, texts)
        return [
            (
                replace(draft.passage, text=self._tokens.text(text), words=words[place]),
                ends[place][1],
            )
            for place, (draft, text) in enumerate(zip(drafts, texts, strict=True))
        ]

    def _words(
        self, drafts: Sequence[_Draft], texts: Sequence[Sequence[int]]
    ) -> list[tuple[Word, ...]]:
        """Return the words of each text; those of one language are found together."""
        words: list[tuple[Word, ...]] = [()] * len(drafts)
        if not drafts[0].question.query.word_times:
            return words
        places: dict[str, list[int]] = {}
        for place, draft in enumerate(drafts):
            if draft.is_said and draft.passage.language is not None:
                places.setdefault(draft.passage.language, []).append(place)
        for language, some in places.items():
            features = [drafts[place].question.features for place in some]
            found = self.align(features, language, [texts[place] for place in some])
            for place, timed in zip(some, found, strict=True):
                words[place] = timed
        return words


def as_input(array: Any) -> Any:
    """Return an array as the engine takes it; it is not copied."""
    import ctranslate2

    return ctranslate2.StorageView.from_array(np.ascontiguousarray(array))


def _stacked(features: Sequence[Features]) -> Any:
    return as_input(np.stack([one.encoded for one in features]))
