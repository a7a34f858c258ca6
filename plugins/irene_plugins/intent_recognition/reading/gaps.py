"""What sentences refer to and nobody defines: told when they are loaded, with the cure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from irene_plugins.intent_recognition.reading.sentence_tables import SentenceTables

_WORDLESS = "~"
"""list without values that stands in for rules that nobody defines"""


class Gaps:
    """Lists and rules that are missing, with the sentences that need them.

    A missing list is no mistake of the file: `{name}` and `{area}` live in Home Assistant. It has
    no values then, so that nothing fits it, and every sentence works that can do without it.
    """

    def __init__(self) -> None:
        self._sentences: dict[str, list[tuple[str, str]]] = {}

    def add(self, name: str, origin: str, sentence: str) -> None:
        """Keep a sentence that needs the `<rule>` or `{list}`."""
        needed_by = self._sentences.setdefault(name, [])
        if (origin, sentence) not in needed_by:
            needed_by.append((origin, sentence))

    def as_tables(self, language: str) -> SentenceTables:
        """Return definitions without words for all that is missing."""
        lists: dict[str, dict[str, Any]] = {}
        lists |= {name[1:-1]: {"values": []} for name in self._sentences if name[0] == "{"}
        rules = {name[1:-1]: f"{{{_WORDLESS}}}" for name in self._sentences if name[0] == "<"}
        if rules:
            lists[_WORDLESS] = {"values": []}
        return SentenceTables("", language, rules=rules, lists=lists)

    def lines(self) -> tuple[str, ...]:
        """Return one line for each missing name, with the lines of TOML or YAML that cure it."""
        return tuple(_line(name, needed_by) for name, needed_by in self._sentences.items())


def _line(name: str, needed_by: list[tuple[str, str]]) -> str:
    origin, sentence = needed_by[0]
    others = "".join(_others(needed_by))
    return (
        f'sentences: {name} has no values, so "{sentence}"{others} cannot be said ({origin}); '
        f"{_cure(name)}"
    )


def _others(needed_by: list[tuple[str, str]]) -> Iterator[str]:
    if len(needed_by) > 1:
        yield f" and {len(needed_by) - 1} more"


def _cure(name: str) -> str:
    bare = name[1:-1]
    if name.startswith("<"):
        return f'add `{bare}: "(one way|another way)"` to the `expansion_rules` of a file'
    key = bare if bare.isascii() and bare.replace("_", "a").isalnum() else f'"{bare}"'
    return f'set `{key} = ["one", "another"]` under [intents.lists], or `{key} = []` for none'
