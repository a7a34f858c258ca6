"""The times of words, from where the decoder looked when it wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from irene import Word
from irene_plugins.asr.whisper.passages import RATE

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
        timed.append(
            tuple(_word(one, length / RATE) for one in entries if str(one["word"]).strip())
        )
    return timed


def _word(entry: dict[str, Any], duration_s: float) -> Word:
    start_s = min(float(entry["start"]), duration_s)
    end_s = min(max(start_s, float(entry["end"])), duration_s)
    return Word(str(entry["word"]).strip(), start_s, end_s, float(entry["probability"]))
