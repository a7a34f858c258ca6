"""Tables of sentences with what they must be understood as, in Home Assistant's test format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from irene import ConfigurationError, SentenceTest
from irene_plugins.intent_recognition.reading.problems import ProblemList
from irene_plugins.intent_recognition.reading.sentence_folder import read_document

_FORM = "write `- sentences: [...]` and `intent: {name: ..., slots: {...}}`, or `intent: null`"


def read_tests(file: str) -> list[SentenceTest]:
    """Return every sentence of a table, with its line.

    Raises:
        ConfigurationError: the file cannot be read, or is no such table; `problems` holds a line
            for each mistake.
    """
    problems = ProblemList()
    document = read_document(Path(file), problems)
    problems.raise_if_any()
    reader = _Reader(file, problems)
    tests = list(reader.tests(document.content, document.lines))
    problems.raise_if_any()
    if not tests:
        raise ConfigurationError(f"{file}: no sentence is tested; {_FORM}")
    return tests


class _Reader:
    """Takes the tests out of one document, mistakes into the problem list."""

    def __init__(self, file: str, problems: ProblemList) -> None:
        self._file = file
        self._problems = problems

    def tests(self, content: Any, lines: Mapping[int, list[int]]) -> Iterator[SentenceTest]:
        table = content if isinstance(content, Mapping) else {}
        language = table.get("language")
        blocks = table.get("tests")
        if not isinstance(language, str):
            self._fault("", "`language` is missing; write `language: en`")
        elif not isinstance(blocks, list):
            self._fault("", f"`tests` is missing; {_FORM}")
        else:
            for number, block in enumerate(blocks, 1):
                yield from self._block(block, f"test {number}", language, lines)

    def _block(
        self, block: Any, where: str, language: str, lines: Mapping[int, list[int]]
    ) -> Iterator[SentenceTest]:
        sentences = block.get("sentences") if isinstance(block, Mapping) else None
        if not isinstance(sentences, list) or "intent" not in block:
            self._fault(where, _FORM)
            return
        expected = self._intent(block, where)
        for place, sentence in enumerate(sentences):
            if not isinstance(sentence, str):
                self._fault(where, f"{sentence!r} is no text; put it in quotes")
            elif expected is not None:
                origin = f"{self._file}:{lines[id(sentences)][place]}"
                yield SentenceTest(origin, sentence, language, *expected)

    def _intent(
        self, block: Mapping[str, Any], where: str
    ) -> tuple[str | None, Mapping[str, Any], Mapping[str, Any]] | None:
        """Return name, slots and context that are expected; None after a mistake."""
        intent = block["intent"]
        table: Any = {"name": intent} if isinstance(intent, str) else intent or {}
        if not isinstance(table, Mapping) or (table and not isinstance(table.get("name"), str)):
            self._fault(where, f"`intent` is {intent!r}; {_FORM}")
            return None
        slots = table.get("slots") or {}
        context = {**(block.get("context") or {}), **(table.get("context") or {})}
        if not isinstance(slots, Mapping):
            self._fault(where, f"`slots` is {slots!r}; write `slots: {{name: value}}`")
            return None
        return table.get("name"), slots, context

    def _fault(self, where: str, reason: str) -> None:
        self._problems.add(self._file, where, reason)
