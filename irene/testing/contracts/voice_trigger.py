"""The contract of voice triggers, as tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, ClassVar
from unittest import SkipTest

from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, IreneError
from irene.testing.contracts.breach import require
from irene.testing.contracts.windows import WindowContract, score_of
from irene.testing.signals import Signal, silence


class VoiceTriggerContract(WindowContract):
    """Checks a `VoiceTrigger`: set `provider`, and `wakes` if there is a recording."""

    kind = Kind.VOICE_TRIGGER
    wake_words: ClassVar[Sequence[str]] = ()
    """words to listen for; empty for the first that comes with the engine"""
    wakes: ClassVar[Mapping[str, Signal]] = {}
    """a recording of each of some words, at the rate of the provider, int16 mono"""

    def words(self, provider: Any) -> Sequence[str]:
        """Return the words to listen for."""
        return self.wake_words or provider.available_wake_words()[:1] or ("hello",)

    def open_stream(self, provider: Any) -> Any:
        """Open a stream that listens for the words."""
        return provider.open_stream(self.words(provider))

    def score(self, stream: Any, window: Samples) -> float:
        """Return the highest score; what is returned is held to the contract."""
        scores = stream.process(window)
        require(
            isinstance(scores, Mapping),
            f"process returned {scores!r}",
            "return a mapping of scores by the name of the wake word; an empty one is no news",
        )
        known = {self.provider.word_name(word) for word in self.words(self.loaded)}
        odd = sorted(set(scores) - known)
        require(
            not odd,
            f"a score is called {odd[0] if odd else ''!r}, asked for was {sorted(known)}",
            "name scores by `word_name(phrase)` of the words that `open_stream` was given",
        )
        return max(map(score_of, scores.values()), default=0.0)

    def test_its_decisions_lie_in_time(self) -> None:
        """The phrase ended in a span that is declared: `phrase_end_s`, earliest and latest."""
        earliest, latest = self.new_provider().capabilities.phrase_end_s
        require(
            math.isfinite(earliest) and math.isfinite(latest) and -5 <= earliest <= latest <= 5,
            f"phrase_end_s = {(earliest, latest)}",
            "give (earliest, latest) in seconds relative to the decision",
        )

    def test_thresholds_are_scores(self) -> None:
        """`threshold` is the score at which a word counts as heard, above 0."""
        provider = self.new_provider()
        for word in self.words(provider):
            threshold = provider.threshold(provider.word_name(word))
            require(
                0 < threshold <= 1,
                f"the threshold of {word!r} is {threshold!r}",
                "return a number above 0 and at most 1",
            )

    def test_its_words_are_known_before_it_is_loaded(self) -> None:
        """`available_wake_words` and `check_words` answer without the engine, and agree."""
        provider = self.new_provider()
        words = provider.available_wake_words()
        odd = [word for word in words if provider.word_name(word) != word]
        require(not odd, f"a word is called {odd}", "write them as `word_name` does: `hey_jarvis`")
        if words:
            provider.check_words(words)
        require(not provider.is_loaded, "asking for words loaded it", "look for files only")

    def test_an_unknown_word_is_an_expected_error(self) -> None:
        """`open_stream` refuses what it cannot listen for, or listens for it."""
        answer = self.expected(lambda: self.loaded.open_stream(["qwertyuiop"]))
        if isinstance(answer, IreneError):
            require(
                isinstance(answer, ConfigurationError),
                f"{type(answer).__name__}: {answer}",
                "raise `ConfigurationError`; `known_words(wake_words)` does that",
            )
        else:
            answer.close()

    def test_silence_wakes_nobody(self) -> None:
        """Digital silence stays below the threshold."""
        provider = self.loaded
        word = provider.word_name(self.words(provider)[0])
        highest = self.heard(provider, silence(2.0, self.rate(provider))).max()
        require(
            highest < provider.threshold(word),
            f"silence scores {highest:.2f}, the threshold is {provider.threshold(word):.2f}",
            "score 0 until a stream has heard enough",
        )

    def test_it_hears_its_wake_words(self) -> None:
        """A recording of a word reaches its threshold."""
        if not self.wakes:
            raise SkipTest("no recordings are given in `wakes`")
        provider = self.loaded
        for word, audio in self.wakes.items():
            name = provider.word_name(word)
            with closing(provider.open_stream([word])) as stream:
                windows = self.windows(provider, audio)
                highest = max(float(stream.process(one).get(name, 0.0)) for one in windows)
            require(
                highest >= provider.threshold(name),
                f"{word!r} scores {highest:.2f} in its recording",
                "correct the recording, the engine or `threshold`",
            )
