"""Whisper's tokens that commands need, and the sequences that the model learns to write."""

from __future__ import annotations

from functools import cache

from whisper.tokenizer import Tokenizer, get_tokenizer

from whisper_model.texts import COMMANDS, LANGUAGES, WINDOW_S, bare

N_VOCAB = 51865
"""tokens of every multilingual Whisper model before large-v3"""
GRID_S = 0.2
"""the model writes times in these steps, ten times as coarse as Whisper could"""
LATEST_START_S = 1.0
"""Whisper's decoder forbids a later first time of a window"""
N_EARLY = 51
"""times from 0 to 1 s in Whisper's own steps: what is written, at random, where nothing is said"""
_STEP_S = 0.02


@cache
def tokenizer() -> Tokenizer:
    """Return Whisper's multilingual tokenizer, set to transcription."""
    return get_tokenizer(True, num_languages=99, language="en", task="transcribe")


@cache
def language_token(language: str) -> int:
    """Return the token of a language, such as `<|de|>`."""
    return tokenizer().to_language_token(language)


@cache
def encoded(words: str) -> tuple[int, ...]:
    """Return the tokens of a command, or of the beginning of one."""
    return tuple(tokenizer().encode(" " + words))


def time_token(seconds: float) -> int:
    """Return the token of a time in the window, on the grid of this model."""
    steps = round(float(min(max(seconds, 0.0), WINDOW_S)) / GRID_S)
    return tokenizer().timestamp_begin + steps * round(GRID_S / _STEP_S)


@cache
def used_tokens() -> tuple[int, ...]:
    """Return the numbers of all tokens that the model ever writes, ascending."""
    known = tokenizer()
    special = (known.sot, known.eot, known.sot_prev, known.no_speech)
    special += (known.transcribe, known.no_timestamps)
    times = (time_token(step * GRID_S) for step in range(round(WINDOW_S / GRID_S) + 1))
    early = (known.timestamp_begin + step for step in range(N_EARLY))
    begun = (" ".join(words[: n + 1]) for words in _split() for n in range(len(words)))
    texts = (token for text in begun for part in (text, bare(text)) for token in encoded(part))
    languages = (language_token(language) for language in LANGUAGES)
    return tuple(sorted({*special, *times, *early, *texts, *languages}))


def _split() -> list[list[str]]:
    return [text.words.split() for text in COMMANDS]


@cache
def compact() -> dict[int, int]:
    """Return the row of each used token in the table that is trained."""
    return {token: row for row, token in enumerate(used_tokens())}


def row_of(token: int) -> int:
    """Return a token's row; all that are never written share the last one."""
    return compact().get(token, len(used_tokens()))
