"""What a language has to say about its written form, as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Match = re.Match[str]


@dataclass(frozen=True)
class Rule:
    """A written form and what is said instead."""

    pattern: re.Pattern[str]
    """what is looked for"""
    say: Callable[[Match], str]
    """gives the spoken form of a match; the match itself leaves it as it is"""


@dataclass(frozen=True)
class WrittenLanguage:
    """How one language is written."""

    abbreviations: frozenset[str]
    """words whose full stop ends no sentence; lower case, without the last stop"""
    rules: tuple[Rule, ...]
    """applied one after the other"""
    ordinal_stop: re.Pattern[str] | None = None
    """matches the text up to a full stop after a number that makes it an ordinal, such as "am 3.";
    None where a full stop does not do that"""
    ordinal_nouns: frozenset[str] = frozenset()
    """words, lower case, before which a number with a full stop is an ordinal: months"""


def rule(pattern: str, say: str | Callable[[Match], str], flags: int = 0) -> Rule:
    """Return a rule; a text may refer to groups as in `re.sub`."""
    if isinstance(say, str):
        text = say
        return Rule(re.compile(pattern, flags), lambda match: match.expand(text))
    return Rule(re.compile(pattern, flags), say)


def words(text: str) -> list[str]:
    """Return the words of a text: a list that is easy to read."""
    return text.split()


def any_of(words: Iterable[str]) -> str:
    """Return a pattern of these words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def abbreviation_rule(spoken: Mapping[str, str]) -> Rule:
    """Return the rule that writes abbreviations out; a blank after a stop inside is optional."""
    pattern = any_of(spoken).replace(r"\.", r"\.\s?").replace(r"\.\s?|", r"\.|")
    pattern = re.sub(r"\\s\?$", "", pattern)
    keys = {re.sub(r"\s", "", key): text for key, text in spoken.items()}
    return rule(rf"(?<![\w.])(?:{pattern})(?!\w)", lambda match: keys[re.sub(r"\s", "", match[0])])


def digit_groups(match: Match) -> str:
    """Say a number digit by digit, with a pause between its groups."""
    groups = re.findall(r"\d+", match[0])
    plus = "+ " if match[0].startswith("+") else ""
    return plus + ", ".join(" ".join(group) for group in groups)
