"""The times of words, from where the decoder looked when it wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from irene import Word
from irene_plugins.asr.whisper.passages import RATE, timed_words

_FRAMES_PER_S = 100
_BEFORE, _AFTER = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
"""punctuation that belongs to the next word, and to the one before"""


def word_times(
    model: Any,
    encoded: Any,
    language: str,
    texts: Sequence[Sequence[int]],
    n_samples: Sequence[int],
) -> list[tuple[Word, ...]]:
    """Return the words of texts with their times in seconds from the start of their window.

    Args:
        model: a `faster_whisper.WhisperModel`.
        encoded: the windows as the encoder sees them.
        language: code of the language that all texts are in.
        texts: tokens, without times; for an empty text there are no words.
        n_samples: length of each window without padding.
    """
    from faster_whisper.tokenizer import Tokenizer
    from faster_whisper.transcribe import merge_punctuations

    tokenizer = Tokenizer(model.hf_tokenizer, model.model.is_multilingual, "transcribe", language)
    n_frames = [max(2, round(length / RATE * _FRAMES_PER_S)) for length in n_samples]
    found = model.find_alignment(tokenizer, [list(text) for text in texts], encoded, n_frames)
    timed = []
    for entries, length in zip(found, n_samples, strict=True):
        merge_punctuations(entries, _BEFORE, _AFTER)
        timed.append(timed_words(entries, length / RATE))
    return timed
