"""How the grammar of what can be understood guides recognition."""

from __future__ import annotations

import threading
from typing import Any, Literal
from weakref import WeakKeyDictionary

from irene.components.chain.candidate import Candidate
from irene.components.chain.news import Report
from irene.domain.events import Warned
from irene.domain.grammar import Grammar
from irene.domain.languages import primary_language
from irene.errors import ConfigurationError, IreneError
from irene.providers.asr import Asr
from irene.providers.border import ForeignCode, one_line

GuidanceMode = Literal["auto", "only", "off"]


class Guidance:
    """Knows which provider takes which grammar; shared by all utterances of a component.

    A provider that refuses a grammar is reported once, and recognises without one; in the mode
    `only`, the refusal is a failure like any other.
    """

    def __init__(self, mode: GuidanceMode, report: Report, before: Guidance | None = None) -> None:
        """`before` is replaced by this one, which takes over what it knows of the providers."""
        self.mode = mode
        """`[asr] grammar`"""
        self._report = report
        self._lock: threading.Lock = before._lock if before else threading.Lock()
        self._ready: WeakKeyDictionary[Asr[Any], dict[str, bool]] = (
            before._ready if before else WeakKeyDictionary()
        )

    @staticmethod
    def suits(serving: Candidate[Asr[Any]], grammar: Grammar) -> bool:
        """Return whether a provider takes grammars of this language."""
        capabilities = serving.provider.capabilities
        languages = {primary_language(tag) for tag in capabilities.languages}
        return capabilities.grammar and (
            not languages or primary_language(grammar.language) in languages
        )

    def prepare(self, serving: Candidate[Asr[Any]], grammar: Grammar) -> None:
        """Have a provider compile a grammar, unless it has; what it refuses is reported."""
        if not self.suits(serving, grammar) or self._known(serving, grammar) is not None:
            return
        try:
            with ForeignCode():
                serving.provider.prepare(grammar)
        except IreneError as error:
            self.refused(serving, grammar, error)
        else:
            self._note(serving, grammar, takes_it=True)

    def grammar_for(self, serving: Candidate[Asr[Any]], grammar: Grammar | None) -> Grammar | None:
        """Return the grammar that a provider is held to; None when it recognises freely.

        Raises:
            ConfigurationError: the provider has refused the grammar, and nothing else may be heard.
        """
        if grammar is None or not self.suits(serving, grammar):
            return None
        self.prepare(serving, grammar)
        if self._known(serving, grammar):
            return grammar
        if self.mode == "only":
            raise ConfigurationError(
                f"asr provider {serving.name!r} does not take the grammar, and asr.grammar = "
                '"only"; set it to "auto", or take another provider'
            )
        return None

    def refused(self, serving: Candidate[Asr[Any]], grammar: Grammar, error: IreneError) -> None:
        """Note that a provider does not take a grammar, and report it once."""
        if self._known(serving, grammar) is not False:
            self._note(serving, grammar, takes_it=False)
            reason = one_line(error)
            self._report(
                Warned(
                    message=f"asr provider {serving.name!r} is not guided by the sentences that "
                    f"can be understood: {reason}"
                )
            )

    def _known(self, serving: Candidate[Asr[Any]], grammar: Grammar) -> bool | None:
        with self._lock:
            return self._ready.get(serving.provider, {}).get(grammar.digest)

    def _note(self, serving: Candidate[Asr[Any]], grammar: Grammar, takes_it: bool) -> None:
        with self._lock:
            self._ready.setdefault(serving.provider, {})[grammar.digest] = takes_it
