"""What a configuration understands, held against what its recogniser can hear."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from irene.components.asr.guidance import Guidance
from irene.components.assembly import Assembly
from irene.components.understanding.component import UnderstandingComponent
from irene.components.understanding.grammars import guidance_warnings
from irene.domain.events import Event, ProviderFailed, Warned
from irene.domain.grammar import Grammar
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, IreneError, ProviderUnavailableError
from irene.providers.asr import Asr
from irene.providers.border import ForeignCode, one_line


@dataclass
class SpokenCheck:
    """What is wrong with the sentences, found without loading a recogniser."""

    errors: list[str] = field(default_factory=list)
    """a line for each mistake that keeps the assistant from starting"""
    warnings: list[str] = field(default_factory=list)
    """a line for everything that will not be understood or heard, or less well"""

    def take(self, event: Event) -> None:
        """Note a handler that fails, and what sentences lack; a run tells what is not installed."""
        if isinstance(event, ProviderFailed) and event.kind == Kind.INTENTS:
            self.warnings.append(event.reason)
        elif isinstance(event, Warned):
            self.warnings.append(event.message)


def check_spoken(assembly: Assembly) -> SpokenCheck:
    """Compile the sentences of a configuration and look for words that cannot be heard.

    What cannot be looked at because a package is not installed is passed over.
    """
    found = SpokenCheck()
    language = assembly.config.assistant.language
    understanding: UnderstandingComponent | None = None
    try:
        told = Assembly(assembly.config, assembly.registry, found.take)
        understanding = told.understanding()
        if understanding is not None:
            with ForeignCode("the sentences cannot be read: "):
                understanding.read_sentences(language, is_asked=False)
            found.warnings += understanding.warnings(language)
            if assembly.config.asr.grammar != "off" and assembly.config.asr.enabled:
                found.warnings += _warnings(assembly, understanding.grammar(language))
    except ConfigurationError as error:
        found.errors += map(str, error.problems or (error,))
    except ProviderUnavailableError:
        pass  # a run says what is not installed; the configuration is not to blame
    except IreneError as error:
        found.warnings.append(one_line(error))
    finally:
        if understanding is not None:
            understanding.close()
    return found


def _warnings(assembly: Assembly, grammar: Grammar | None) -> list[str]:
    candidates = assembly.chain(Kind.ASR).candidates()
    if grammar is None or not candidates or not Guidance.suits(candidates[0], grammar):
        return []
    provider: Asr[Any] = candidates[0].provider
    with ForeignCode():
        words = tuple(provider.unknown_words(grammar.vocabulary))
    return guidance_warnings(grammar, candidates[0].name, words)
