"""What a sentence file holds, checked for types, so that only sound parts are compiled."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from irene import SentenceSource
from irene_plugins.intent_recognition.reading.folding import folded
from irene_plugins.intent_recognition.reading.problems import ProblemList
from irene_plugins.intent_recognition.reading.templates import MAX_SPOKEN_NUMBERS

_FILE_KEYS = (
    "language",
    "intents",
    "lists",
    "expansion_rules",
    "skip_words",
    "responses",
    "settings",
)
_BLOCK_KEYS = (
    "sentences",
    "slots",
    "response",
    "requires_context",
    "excludes_context",
    "expansion_rules",
    "lists",
    "required_keywords",
    "metadata",
    "name_domains",
    "inferred_domain",
)
_RANGE_TYPES = ("number", "percentage", "temperature")
_FRACTIONS = (None, "halves", "tenths")
_REFERABLE = re.compile(r"[^(){}\[\]<>|;:@\\]+\Z")


@dataclass(frozen=True)
class SentenceBlock:
    """Sentences of one intent that share slots, answer, rules and lists."""

    intent: str
    """name of the intent"""
    sentences: tuple[str, ...]
    """templates"""
    settings: Mapping[str, Any]
    """`slots`, `response`, `requires_context` ... as hassil reads them"""
    rules: Mapping[str, str]
    """expansion rules of this block alone"""
    lists: Mapping[str, Mapping[str, Any]]
    """lists of this block alone"""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """what the file says of these sentences, for other programs"""


@dataclass(frozen=True)
class SentenceTables:
    """The sound parts of one sentence file."""

    origin: str
    """path or handler name, for messages"""
    language: str
    """BCP 47 tag"""
    blocks: tuple[SentenceBlock, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
    """expansion rules by name"""
    lists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """lists by name, as hassil reads them"""
    skip_words: tuple[str, ...] = ()
    """words that may be left out of what was said"""
    responses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """answers by intent and response key"""
    ignore_whitespace: bool = False
    """whether the language is written without spaces"""


def read_tables(source: SentenceSource, problems: ProblemList) -> SentenceTables:
    """Return the sound parts of a file; every other part becomes a line of `problems`."""
    reader = _Reader(source.origin, problems)
    content = reader.table(source.content, "")
    reader.spelling(content, _FILE_KEYS, "")
    answers = reader.table(content.get("responses"), "responses")
    return SentenceTables(
        source.origin,
        source.language,
        tuple(reader.blocks(content.get("intents"))),
        reader.rules(content.get("expansion_rules"), ""),
        reader.lists(content.get("lists"), ""),
        tuple(reader.texts(content.get("skip_words"), "skip_words")),
        {
            name: reader.text_table(texts, f"responses of intent {name}")
            for name, texts in reader.table(answers.get("intents"), "responses").items()
        },
        bool(reader.table(content.get("settings"), "settings").get("ignore_whitespace")),
    )


class _Reader:
    """Takes parts out of one file, wrong ones into the problem list."""

    def __init__(self, origin: str, problems: ProblemList) -> None:
        self._origin = origin
        self._problems = problems

    def fault(self, where: str, reason: str) -> None:
        self._problems.add(self._origin, where, reason)

    def table(self, value: Any, where: str) -> dict[str, Any]:
        """Return a mapping with its text keys; an absent one is empty."""
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.fault(where, f"{_shown(value)} is no table of `name: value` lines")
            return {}
        for key in value:
            if not isinstance(key, str):
                self.fault(where, f"the name {_shown(key)} is no text; quote it")
        return {key: item for key, item in value.items() if isinstance(key, str)}

    def texts(self, value: Any, where: str) -> list[str]:
        """Return the texts of a list; an absent one is empty."""
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            self.fault(where, f"{_shown(value)} is no list of `- text` lines")
            return []
        return [folded(item) for item in value if self._is_text(item, where)]

    def text_table(self, value: Any, where: str) -> dict[str, str]:
        table = self.table(value, where)
        return {
            name: text for name, text in table.items() if self._is_text(text, f"{where} {name}")
        }

    def _is_text(self, value: Any, where: str) -> bool:
        if not isinstance(value, str):
            self.fault(where, f"{_shown(value)} is no text; put it in quotes")
        return isinstance(value, str)

    def spelling(self, table: Iterable[str], known: tuple[str, ...], where: str) -> set[str]:
        """Report names that look like a known one; foreign names pass, formats grow.

        Returns:
            The known names that were probably meant.
        """
        meant: set[str] = set()
        for name in table:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            if near and name not in known:
                self.fault(where, f"unknown key {name!r}; did you mean {near[0]!r}?")
                meant.update(near)
        return meant

    def blocks(self, value: Any) -> Iterable[SentenceBlock]:
        for intent, table in self.table(value, "intents").items():
            where = f"intent {intent}"
            data = self.table(table, where).get("data")
            if isinstance(data, (list, tuple)) and data:
                for block in data:
                    yield self._block(intent, self.table(block, where), where)
            elif table is None or isinstance(table, Mapping):
                self.fault(where, "`data` must be a list of `- sentences:` blocks")

    def _block(self, intent: str, table: dict[str, Any], where: str) -> SentenceBlock:
        meant = self.spelling(table, _BLOCK_KEYS, where)
        sentences = self.texts(table.get("sentences"), where)
        if not table.get("sentences") and "sentences" not in meant:
            self.fault(where, "a block without `sentences`")
        return SentenceBlock(
            intent,
            tuple(sentences),
            self._settings(table, where),
            self.rules(table.get("expansion_rules"), where),
            self.lists(table.get("lists"), where),
            self.table(table.get("metadata"), f"{where} metadata"),
        )

    def _settings(self, table: dict[str, Any], where: str) -> dict[str, Any]:
        settings: dict[str, Any] = {"slots": {}}
        for slot, value in self.table(table.get("slots"), f"{where} slots").items():
            if _is_slot_value(value):
                settings["slots"][slot] = value
            else:
                self.fault(where, f"slot {slot!r} is {_shown(value)}; give a text or a number")
        for key in ("requires_context", "excludes_context"):
            conditions = self.table(table.get(key), f"{where} {key}")
            settings[key] = {
                name: value
                for name, value in conditions.items()
                if self._is_condition(value, f"{where} {key} {name}")
            }
        if "response" in table and self._is_text(table["response"], f"{where} response"):
            settings["response"] = table["response"]
        if "required_keywords" in table:
            settings["required_keywords"] = self.texts(table["required_keywords"], where)
        return settings

    def _is_condition(self, value: Any, where: str) -> bool:
        """Whether it is a value, a list of values, or a table with `value` and `slot`."""
        wanted = value.get("value") if isinstance(value, Mapping) else value
        values = wanted if isinstance(wanted, (list, tuple)) else [wanted]
        is_sound = all(one is None or isinstance(one, (str, int, float)) for one in values)
        if not is_sound:
            self.fault(where, f"{_shown(value)} is no text, no number and no list of them")
        return is_sound

    def rules(self, value: Any, within: str) -> dict[str, str]:
        where = _join(within, "expansion_rules")
        texts = self.text_table(self._referable(self.table(value, where), where), where)
        return {folded(name): folded(text) for name, text in texts.items()}

    def lists(self, value: Any, within: str) -> dict[str, Mapping[str, Any]]:
        where = _join(within, "lists")
        tables = self._referable(self.table(value, where), where)
        return {
            folded(name): self._list(self.table(table, f"{where} {name}"), f"{where} {name}")
            for name, table in tables.items()
        }

    def _referable(self, table: dict[str, Any], where: str) -> dict[str, Any]:
        """Return the entries whose names a template can write between brackets."""
        for name in table:
            if not _REFERABLE.match(name):
                self.fault(where, f"the name {name!r} has signs that templates use themselves")
        return {name: value for name, value in table.items() if _REFERABLE.match(name)}

    def _list(self, table: dict[str, Any], where: str) -> Mapping[str, Any]:
        if "values" in table:
            return {"values": self._values(table["values"], where)}
        if "range" in table:
            return {"range": self._range(self.table(table["range"], where), where)}
        if table.get("wildcard") is not True:
            self.fault(where, "needs `values`, `range` or `wildcard: true`")
        return {"wildcard": True}

    def _values(self, values: Any, where: str) -> list[Any]:
        if not isinstance(values, (list, tuple)):
            self.fault(where, "`values` must be a list of `- text` lines")
            return []
        return [_folded_value(value) for value in values if self._is_value(value, where)]

    def _is_value(self, value: Any, where: str) -> bool:
        if not isinstance(value, Mapping):
            return self._is_text(value, where)
        out = value.get("out")
        if out is not None and not _is_slot_value(out):
            self.fault(where, f"`out` is {_shown(out)}; give a text or a number")
            return False
        self.table(value.get("context"), where)
        return self._is_text(value.get("in"), f"{where} `in`")

    def _range(self, table: dict[str, Any], where: str) -> Mapping[str, Any]:
        step = table.get("step", 1)
        wrong = {
            "`from` and `to` must be whole numbers": not (
                _is_whole(table.get("from")) and _is_whole(table.get("to"))
            ),
            "`step` must be a whole number above 0": not _is_whole(step) or step < 1,
            "`multiplier` must be a number": not _is_number(table.get("multiplier", 1)),
            f"`type` must be one of {', '.join(_RANGE_TYPES)}": table.get("type", "number")
            not in _RANGE_TYPES,
            "`fractions` must be halves or tenths": table.get("fractions") not in _FRACTIONS,
            "`words_language` must be a language such as en": not isinstance(
                table.get("words_language", ""), str
            ),
            "one of `digits` and `words` must be true": not (
                table.get("digits", True) or table.get("words", True)
            ),
        }
        reasons = [reason for reason, is_wrong in wrong.items() if is_wrong]
        if not reasons:
            reasons = _bounds_faults(table)
        for reason in reasons:
            self.fault(where, reason)
        return {"from": 0, "to": 0} if reasons else table


def _folded_value(value: Any) -> Any:
    """Return a value of a list; what it stands for is left as it is written."""
    if isinstance(value, str):
        plain = folded(value)
        return value if plain == value else {"in": plain, "out": value}
    return {**value, "in": folded(value["in"])}


def _join(within: str, name: str) -> str:
    return f"{within} {name}" if within else name


def _bounds_faults(table: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the bounds of a range whose values have the right types."""
    if table["from"] > table["to"]:
        return ["`from` is above `to`"]
    counted = table.get("words", True) or table.get("fractions") or table.get("step", 1) > 1
    numbers = (table["to"] - table["from"]) // table.get("step", 1) + 1
    if counted and numbers > MAX_SPOKEN_NUMBERS:
        return [f"more than {MAX_SPOKEN_NUMBERS} numbers; narrow it, or digits only: words: false"]
    return []


def _is_slot_value(value: Any) -> bool:
    """Whether it is a text or a number, or several of them."""
    several = value if isinstance(value, (list, tuple)) and value else [value]
    return all(isinstance(one, (str, int, float)) for one in several)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    """Return the value as a person wrote it, shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
