"""The contract of intent handlers, as tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar
from unittest import SkipTest

from irene.domain.intents import Intent, IntentInfo, Response
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, IreneError
from irene.providers.border import one_line
from irene.providers.intents import HandlerContext, IntentHandler
from irene.testing.contracts.breach import ContractBrokenError, require
from irene.testing.contracts.contract import ProviderContract
from irene.testing.services import ScriptedServices

_ODD_VALUES: tuple[Any, ...] = ("", " ", "nobody's thing", -1, 0, 10**12, 2.5, "ÄÖÜ 東京 🙂")
_LANGUAGES = ("en", "de-AT", "xx")


class IntentsContract(ProviderContract):
    """Checks an `IntentHandler`: set `provider`."""

    kind = Kind.INTENTS
    languages: ClassVar[tuple[str, ...]] = _LANGUAGES
    """BCP 47 tags in which it is asked"""
    known: ClassVar[tuple[Intent, ...]] = ()
    """intents with slots that it must have an answer to, if there are some"""
    deterministic = False

    _folder: ClassVar[TemporaryDirectory[str] | None] = None

    @classmethod
    def teardown_class(cls) -> None:
        """Close the handler, and forget what it kept."""
        super().teardown_class()
        folder, cls._folder = cls._folder, None
        if folder is not None:
            folder.cleanup()

    def new_loaded(self) -> Any:
        """Return a handler that works with an assistant."""
        provider = super().new_loaded()
        cls = type(self)
        if cls._folder is None:
            cls._folder = TemporaryDirectory(prefix="irene-contract-")
        services = ScriptedServices(Path(cls._folder.name))
        provider.start(services)
        self._services = services
        return provider

    def use(self, provider: Any, number: int) -> object:
        """Have the first intent answered."""
        return self.answered(provider, self._intents(provider)[0])

    def answered(self, provider: Any, intent: Intent) -> Response | IreneError | None:
        """Return the answer to an intent, held to the contract; expected errors are answers."""
        now = ScriptedServices(Path()).clock.now()
        context = HandlerContext(now=now, language=intent.language, conversation="check")
        answer = self.expected(lambda: provider.handle(intent, context))
        if isinstance(answer, Response):
            self._response(answer)
        else:
            require(
                answer is None or isinstance(answer, IreneError),
                f"handle returned {answer!r}",
                "return a `Response`, or None where there is nothing to say",
            )
        return answer

    def _response(self, response: Response) -> None:
        require(
            isinstance(response.text, str) and bool(response.language),
            f"the answer is {response!r}",
            "give text and a BCP 47 tag",
        )
        try:
            json.dumps(dict(response.data))
        except (TypeError, ValueError) as error:
            require(False, f"data cannot become JSON: {error}", "hold text, numbers and lists")
        pieces = response.pieces
        if pieces is not None:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def _intents(self, provider: Any) -> list[Intent]:
        return list(self.known) or [Intent(name, "do it") for name in provider.intents]

    def test_it_names_its_intents(self) -> None:
        """`intents` is a tuple of names, and `handle` a plain method."""
        provider = self.new_provider()
        provider.check_form()
        if not (availability := provider.check()).ready:
            raise SkipTest(f"intents provider {provider.name!r}: {availability}")
        require(bool(provider.intents), "it names no intent", 'write `intents = ("MakeTea",)`')

    def test_every_intent_has_an_answer(self) -> None:
        """Each of its intents is answered in each language, without slots; or refused in order."""
        for intent in self._intents(self.loaded):
            for language in self.languages:
                self.answered(self.loaded, Intent(intent.name, intent.text, language, intent.slots))

    def test_it_bears_any_slot(self) -> None:
        """Values that nobody expected are answered, or refused with one of irene's errors."""
        for info in self.loaded.describe():
            for value in _ODD_VALUES:
                slots = dict.fromkeys([*info.slots, "surprise"], value)
                self.answered(self.loaded, Intent(info.name, "odd", "en", slots))

    def test_it_describes_its_intents(self) -> None:
        """`describe` says what each of its intents is for."""
        infos = self.loaded.describe()
        require(
            all(isinstance(one, IntentInfo) for one in infos),
            f"describe returned {infos!r}",
            "return a list of `irene.IntentInfo`",
        )
        odd = {one.name for one in infos} - set(self.loaded.intents)
        require(not odd, f"it describes {sorted(odd)}", "describe the intents that it names")
        for one in infos:
            missing = set(one.required) - set(one.slots)
            require(not missing, f"{sorted(missing)} is required", "describe required slots, too")

    def test_its_sentences_lead_to_its_intents(self) -> None:
        """The templates of every language are a mapping whose intents it answers, or none."""
        for language in self.languages:
            content = self.loaded.sentences(language)
            require(
                content is None or isinstance(content, Mapping),
                f"sentences({language!r}) returned {content!r}",
                "return the mapping of a sentence file, or None",
            )
            odd = set((content or {}).get("intents", {})) - set(self.loaded.intents)
            require(not odd, f"sentences lead to {sorted(odd)}", "name these in `intents`, too")

    def test_its_examples_are_understood(self) -> None:
        """What `examples` offers to say is understood as one of its intents, and answered."""
        examples = list(self.loaded.examples("en"))
        require(
            all(isinstance(one, str) and one for one in examples),
            f"examples are {examples!r}",
            "return sentences",
        )
        content = self.loaded.sentences("en")
        if content is None or not examples:
            raise SkipTest("it has no sentences of its own")
        matcher = _matcher(self.loaded, content)
        try:
            for example in examples:
                intent = matcher.match(example, "en")
                require(
                    intent is not None and intent.name in self.loaded.intents,
                    f"{example!r} is understood as {intent.name if intent else 'nothing'}",
                    "correct the example or the templates",
                )
                self.answered(self.loaded, intent)
        finally:
            matcher.close()

    def test_nothing_happens_after_it_was_closed(self) -> None:
        """Work that is pending when it is closed announces nothing any more."""
        provider = self.new_loaded()
        services = self._services
        for intent in self._intents(provider):
            self.answered(provider, intent)
        provider.close()
        n_said = len(services.announced)
        services.advance(3 * 86400)
        require(
            len(services.announced) == n_said,
            f"{services.announced[n_said:]!r} was announced after `close`",
            "cancel in `_close` what `call_at` returned",
        )


def _matcher(handler: IntentHandler[Any], content: Mapping[str, Any]) -> Any:
    """Return the templates, compiled by an installed recogniser.

    Raises:
        SkipTest: none is installed.
        ContractBrokenError: the templates are wrong.
    """
    from irene.plugin.registry import ComponentRegistry
    from irene.providers.intent_recognition import IntentRecognizer, SentenceSource

    entry = ComponentRegistry.installed().entries(Kind.INTENT_RECOGNITION).get("hassil")
    if entry is None or not entry.cls().check().ready:
        raise SkipTest("the intent recogniser 'hassil' is not installed")
    recogniser: Any = entry.cls()
    assert isinstance(recogniser, IntentRecognizer)
    recogniser.load()
    try:
        return recogniser.open_matcher([SentenceSource(handler.name, "en", content)])
    except ConfigurationError as error:
        raise ContractBrokenError(one_line(error), "correct the templates") from None
