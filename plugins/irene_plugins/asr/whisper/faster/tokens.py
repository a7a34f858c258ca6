"""The tokens of a Whisper model as its `tokenizer.json` has them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from irene_plugins.asr.whisper.engine import IN_WORDS


class Tokens:
    """Texts to tokens and back; safe in threads."""

    def __init__(self, tokenizer: Any, is_multilingual: bool) -> None:
        """`tokenizer` is a `tokenizers.Tokenizer`."""
        self._tokenizer = tokenizer
        self._is_multilingual = is_multilingual
        self._lock = threading.Lock()

    def of(self, language: str | None) -> Any:
        """Return what faster-whisper calls a tokenizer, for a language."""
        from faster_whisper.tokenizer import Tokenizer

        return Tokenizer(self._tokenizer, self._is_multilingual, "transcribe", language)

    def known(self, languages: Iterable[str]) -> tuple[str, ...]:
        """Return those languages that there is a token for; of an English model only `en`."""
        if not self._is_multilingual:
            return ("en",)
        return tuple(
            code for code in languages if self._tokenizer.token_to_id(f"<|{code}|>") is not None
        )

    @cached_property
    def first_time(self) -> int:
        """The token that stands for 0 s; each further one for 0.02 s more."""
        return int(self._plain.timestamp_begin)

    def written(self, text: str) -> list[int]:
        """Return the tokens of a text with a space before it."""
        return list(self._tokenizer.encode(f" {text.strip()}", add_special_tokens=False).ids)

    def prompt(self, text: str, budget: int) -> list[int]:
        """Return what comes before the start: of a text that is too long, its end."""
        if not text.strip() or budget <= 0:
            return []
        return [self._plain.sot_prev, *self.written(text)[-budget:]]

    def start(self, language: str | None) -> list[int]:
        """Return the tokens that a text in a language, given by its code, starts with."""
        return list(self.of(language).sot_sequence)

    def text(self, tokens: Sequence[int]) -> str:
        """Return what tokens spell, without times and without space around it."""
        return str(self._tokenizer.decode(self.words_only(tokens))).strip()

    def words_only(self, tokens: Sequence[int]) -> list[int]:
        """Return the tokens that are no times, and no other signs of the model."""
        return [token for token in tokens if token < self._plain.eot]

    def suppressed(self, in_words: bool) -> list[int]:
        """Return the tokens that are never written; `in_words`: no digits and signs either."""
        with self._lock:
            return [*self._unspoken, *(self._signs if in_words else ())]

    @cached_property
    def _plain(self) -> Any:
        return self.of("en")

    @cached_property
    def _unspoken(self) -> list[int]:
        """Tokens of music and noise, and those that tell the model what to do."""
        from faster_whisper.transcribe import get_suppressed_tokens

        return list(get_suppressed_tokens(self._plain, [-1]) or ())

    @cached_property
    def _signs(self) -> list[int]:
        """Tokens of digits, and of signs that stand for words."""
        signs = {self._spelt(sign) for sign in IN_WORDS}
        last = self._plain.eot
        return sorted(
            number
            for token, number in self._tokenizer.get_vocab().items()
            if number < last and any(sign in token for sign in signs)
        )

    def _spelt(self, sign: str) -> str:
        """Return a sign in the letters that stand for its bytes."""
        from tokenizers.pre_tokenizers import ByteLevel

        return "".join(part for part, _ in ByteLevel(False).pre_tokenize_str(sign))
