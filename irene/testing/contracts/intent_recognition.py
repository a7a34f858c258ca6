"""The contract of intent recognisers, as tests."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import Any, ClassVar
from unittest import SkipTest

from irene.domain.grammar import Grammar
from irene.domain.intents import Intent
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, IreneError
from irene.providers.intent_recognition import IntentMatcher, SentenceSource
from irene.testing.contracts.breach import require
from irene.testing.contracts.contract import ProviderContract

_SENTENCES: dict[str, Any] = {
    "language": "en",
    "intents": {
        "SwitchOn": {"data": [{"sentences": ["(turn|switch) on [the] {name}"]}]},
        "AskTime": {"data": [{"sentences": ["what time is it"]}]},
    },
    "lists": {"name": {"values": ["lamp", "radio"]}},
}
_ODD_TEXTS = ("", " ", "?", "the " * 300, "東京 🙂", "turn on", "{name}", "(((", "\n\t")


class IntentRecognitionContract(ProviderContract):
    """Checks an `IntentRecognizer`: set `provider`, and `source` where it reads other templates."""

    kind = Kind.INTENT_RECOGNITION
    source: ClassVar[SentenceSource] = SentenceSource("contract", "en", _SENTENCES)
    """what it is given to understand"""
    understood: ClassVar[tuple[tuple[str, str, dict[str, Any]], ...]] = (
        ("turn on the lamp", "SwitchOn", {"name": "lamp"}),
        ("what time is it", "AskTime", {}),
    )
    """sentences of `source`, with the intent and the slots that must be found"""

    def open_matcher(self, provider: Any) -> IntentMatcher:
        """Compile the sentences."""
        matcher: IntentMatcher = provider.open_matcher([self.source])
        return matcher

    def use(self, provider: Any, number: int) -> object:
        """Understand a sentence with a new matcher."""
        with closing(self.open_matcher(provider)) as matcher:
            return self.match(matcher, self.understood[number % len(self.understood)][0])

    def match(self, matcher: IntentMatcher, text: str, language: str = "en") -> Intent | None:
        """Return what is understood, held to the contract."""
        found: object = matcher.match(text, language)
        if found is None:
            return None
        require(
            isinstance(found, Intent) and 0 <= found.confidence <= 1.001 and bool(found.name),
            f"match returned {found!r}",
            "return an `Intent` with a confidence from 0 to 1, or None",
        )
        assert isinstance(found, Intent)
        return found

    def test_it_understands_its_sentences(self) -> None:
        """A sentence that fits a template gives its intent and its slots."""
        with closing(self.open_matcher(self.loaded)) as matcher:
            for text, name, slots in self.understood:
                found = self.match(matcher, text, self.source.language)
                told = None if found is None else (found.name, dict(found.slots))
                require(
                    told == (name, slots),
                    f"{text!r} is understood as {told}",
                    f"return `Intent({name!r}, text, slots={slots!r})`",
                )

    def test_it_understands_the_same_warmed_up(self) -> None:
        """`warm_up` makes the first text faster, and changes nothing else."""
        with closing(self.open_matcher(self.loaded)) as matcher:
            matcher.warm_up()
            for text, name, _ in self.understood:
                found = self.match(matcher, text, self.source.language)
                require(
                    found is not None and found.name == name,
                    f"after warm_up(), {text!r} is understood as {found!r}",
                    "change nothing in warm_up that a match depends on",
                )

    def test_it_bears_any_text(self) -> None:
        """Empty, endless and foreign texts are understood as something, or as nothing."""
        with closing(self.open_matcher(self.loaded)) as matcher:
            for text in _ODD_TEXTS:
                self.match(matcher, text)

    def test_without_sentences_nothing_is_understood(self) -> None:
        """A matcher of no sources answers None."""
        with closing(self.loaded.open_matcher([])) as matcher:
            found = self.match(matcher, "what time is it")
        require(found is None, f"it understands {found!r}", "return None where nothing fits")

    def test_a_language_without_sentences_is_no_error(self) -> None:
        """A text in a language that no source is in is understood as something, or as nothing."""
        with closing(self.open_matcher(self.loaded)) as matcher:
            self.match(matcher, "wie spät ist es", "xx")

    def test_a_matcher_serves_several_threads(self) -> None:
        """It never changes: sessions share it, each on a thread of its own."""
        with closing(self.open_matcher(self.loaded)) as matcher:
            texts = [text for text, _, _ in self.understood]
            alone = [self.match(matcher, text) for text in texts]
            both = self.at_once([partial(self.match, matcher, text) for text in texts])
        self.require_same(alone, both, "keep nothing in the matcher while it matches")

    def test_a_damaged_template_is_an_expected_error(self) -> None:
        """What cannot be compiled is refused with `ConfigurationError`, or told as a warning."""
        for content in ({"intents": {"Odd": {"data": [{"sentences": ["(open"]}]}}}, {"intents": 3}):
            source = SentenceSource("damaged.yaml", "en", content)

            def compile_and_match(source: SentenceSource = source) -> object:
                with closing(self.loaded.open_matcher([source])) as matcher:
                    return self.match(matcher, "open")

            answer = self.expected(compile_and_match)
            require(
                not isinstance(answer, IreneError) or isinstance(answer, ConfigurationError),
                f"{type(answer).__name__}: {answer}",
                "raise `ConfigurationError` that names file, intent and reason",
            )

    def test_all_that_fits_begins_with_the_best(self) -> None:
        """`match_all` returns what `match` does, and after it what fits just as well."""
        with closing(self.open_matcher(self.loaded)) as matcher:
            text = self.understood[0][0]
            best, every = self.match(matcher, text), matcher.match_all(text, "en")
        require(
            every[:1] == [best], f"match is {best!r}, match_all {every!r}", "put the best first"
        )

    def test_its_samples_are_understood(self) -> None:
        """Sentences that `samples` yields are understood as the intents they were made from."""
        with closing(self.open_matcher(self.loaded)) as matcher:
            for sample in matcher.samples("en", 5):
                found = matcher.match(sample.text, "en", sample.context)
                require(
                    found is not None and found.name == sample.intent,
                    f"{sample.text!r} of {sample.intent} is understood as {found!r}",
                    "yield sentences that the templates allow",
                )

    def test_its_grammar_holds_its_sentences(self) -> None:
        """What `match` understands is in the grammar for the recogniser, if it has one."""
        with closing(self.open_matcher(self.loaded)) as matcher:
            grammar = matcher.grammar("en")
            if grammar is None:
                raise SkipTest("it knows no grammar")
            require(isinstance(grammar, Grammar), f"grammar is {grammar!r}", "return a `Grammar`")
            for text, _, _ in self.understood:
                require(
                    grammar.accepts(text.split()),
                    f"the grammar lacks {text!r}",
                    "compile every sentence, or return None",
                )
            require(
                matcher.grammar_key("en") == matcher.grammar_key("en"),
                "grammar_key is another one each time",
                "name a grammar by what it depends on",
            )
