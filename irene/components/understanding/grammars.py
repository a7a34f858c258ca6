"""The grammars of what can be understood, compiled once and kept on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import irene
from irene.cache.bounded import BoundedCache
from irene.cache.files import FileCache, cache_folder
from irene.domain.grammar import Arc, Grammar
from irene.providers.intent_recognition import NO_CONTEXT, Context, IntentMatcher

_FORMAT = "1"
"""version of the files"""
_MOST_FILES = 40
_MEMORY_BYTES = 64_000_000
_ARC_BYTES = 200
"""about what an arc takes in memory"""


class GrammarShelf:
    """Grammars by the name that their matcher gives them: in memory, on disk, or compiled.

    Files lie in `$XDG_CACHE_HOME/irene/grammars`, at most 40 of them. A damaged one is made again.
    """

    def __init__(self, files: FileCache | None = None) -> None:
        self._files = files or FileCache(cache_folder("grammars"), _MOST_FILES, ".grammar")
        self.memory: BoundedCache[str, Grammar] = BoundedCache(_MEMORY_BYTES)
        """those that need not be read from disk again"""

    def grammar(
        self,
        matcher: IntentMatcher,
        language: str,
        context: Context = NO_CONTEXT,
        conjunctions: Sequence[str] = (),
    ) -> Grammar | None:
        """Return all that a matcher understands, one sentence or several joined by conjunctions.

        None when the matcher does not know it in advance.
        """
        name = matcher.grammar_key(language, context)
        if name is None:
            return _compiled(matcher, language, context, conjunctions)
        content = repr((_FORMAT, irene.__version__, name, tuple(conjunctions)))
        key = blake2b(content.encode(), digest_size=16).hexdigest()
        if (grammar := self.memory.get(key)) is not None:
            return grammar
        grammar = _read(self._files.read(key))
        if grammar is None:
            grammar = _compiled(matcher, language, context, conjunctions)
            if grammar is not None:
                self._files.write(key, _written(grammar))
        if grammar is not None:
            self.memory.put(key, grammar, _ARC_BYTES * len(grammar.arcs))
        return grammar


def _compiled(
    matcher: IntentMatcher, language: str, context: Context, conjunctions: Sequence[str]
) -> Grammar | None:
    grammar = matcher.grammar(language, context)
    return None if grammar is None else grammar.chained(conjunctions)


def _written(grammar: Grammar) -> bytes:
    """Return a grammar as JSON, behind its digest; words are numbers of the vocabulary."""
    numbers = {word: number for number, word in enumerate(grammar.vocabulary)}
    content = {
        "language": grammar.language,
        "words": grammar.vocabulary,
        "arcs": [[a.source, a.target, numbers[a.word], a.probability] for a in grammar.arcs],
        "finals": list(grammar.finals.items()),
        "omitted": grammar.omitted,
    }
    body = json.dumps(content, separators=(",", ":")).encode()
    return _digest(body) + body


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()


def _read(content: bytes | None) -> Grammar | None:
    """Return the grammar of a file; None when it is damaged."""
    if content is None or _digest(content[16:]) != content[:16]:
        return None
    try:
        table: dict[str, Any] = json.loads(content[16:])
        words = table["words"]
        arcs = tuple(Arc(source, to, words[word], p) for source, to, word, p in table["arcs"])
        finals = {int(state): float(probability) for state, probability in table["finals"]}
        return Grammar(table["language"], arcs, finals, tuple(table["omitted"]))
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def guidance_warnings(grammar: Grammar, provider: str, unknown: Sequence[str]) -> list[str]:
    """Return a line for each sentence outside of the grammar, and one for unknown words.

    Args:
        grammar: what guides the recogniser.
        provider: name of the recogniser.
        unknown: words of the grammar that it can never hear.
    """
    lines = [f"recognition is not guided by {line}" for line in grammar.omitted]
    return [*lines, _unheard(provider, unknown)] if unknown else lines


def _unheard(provider: str, words: Sequence[str]) -> str:
    named = ", ".join(words[:8]) + (f" and {len(words) - 8} more" if len(words) > 8 else "")
    return (
        f"asr provider {provider!r} can never hear {named}: give them a pronunciation in its "
        "dictionary, say them otherwise in the sentences, or take another recogniser"
    )
