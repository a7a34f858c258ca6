"""What can be understood guides recognition: grammars on their way from sentences to engines."""

from __future__ import annotations

from irene.components.asr.component import ASRComponent
from irene.components.chain.news import Report
from irene.components.understanding.component import UnderstandingComponent
from irene.config.sections import Config
from irene.domain.events import Warned
from irene.domain.grammar import Grammar
from irene.providers.intent_recognition import NO_CONTEXT, Context


class SentenceGuide:
    """Gives the recogniser the grammars of what can be understood, for each language.

    Without understanding, or with `asr.grammar = "off"`, recognition stays free.
    """

    def __init__(
        self,
        config: Config,
        asr: ASRComponent,
        understanding: UnderstandingComponent | None,
        report: Report,
    ) -> None:
        self._config = config
        self._asr = asr
        self._understanding = understanding
        self._report = report

    def renew(self) -> None:
        """Let what can be understood guide recognition; called again when the sentences change.

        When that cannot be found out any more, it stays guided as it was, which is reported.
        """
        grammar = self._grammar()
        was_known = self._understanding is not None and self._asr.grammar is not None
        if grammar is None and was_known:
            message = "recognition is guided by the sentences as they were: new ones are not known"
            self._report(Warned(message=message))
            return
        self._asr.guide(grammar, self._further_grammars())

    def compile(self) -> None:
        """Have the grammars ready that `renew` will ask for."""
        self._grammar()
        self._further_grammars()

    def prepare_renewal(self) -> None:
        """Have recognition ready for what `renew` will ask of it."""
        grammar = self._grammar()
        if grammar is not None:
            self._asr.prepare(grammar)

    def grammar(self, context: Context, language: str | None = None) -> Grammar | None:
        """Return what may be said in this context; None leaves it to the one of `renew`.

        `language` is the one that was spoken last; None is the assistant's.
        """
        is_guided = context and self._asr.grammar is not None
        return self._grammar(context, language) if is_guided else None

    def prepare(self, grammar: Grammar) -> None:
        """Have recognition ready for an utterance that brings this grammar."""
        self._asr.prepare(grammar)

    def _grammar(
        self, context: Context = NO_CONTEXT, language: str | None = None
    ) -> Grammar | None:
        if self._understanding is None or self._config.asr.grammar == "off":
            return None
        language = language or self._config.assistant.language
        joined = self._config.asr.grammar_joins
        return self._understanding.grammar(language, context, joined)

    def _further_grammars(self) -> dict[str, Grammar | None]:
        """Return what can be understood in the languages beside the assistant's own."""
        further = () if self._understanding is None else self._understanding.further
        return {language: self._grammar(language=language) for language in further}
