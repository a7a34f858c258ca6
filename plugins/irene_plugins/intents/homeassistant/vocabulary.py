"""The names of a home as lists of sentence templates."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from irene_plugins.intent_recognition.reading.folding import folded
from irene_plugins.intents.homeassistant.home import Entity, Home

_SIGNS = re.compile(r"[(){}\[\]<>|;:@\\/_,\"!?*#]+")
_PICTURES = re.compile(
    "[\u2190-\u2bff\ufe00-\ufe0f\u200d\u20e3\U0001f000-\U0001faff\U000e0020-\U000e007f]+"
)
_NUMBER = re.compile(r"\d+")
_AND = {"en": "and", "de": "und"}
_ANY_WORDS = {"wildcard": True}
_COLDEST, _HOTTEST = 5, 30
"""temperatures that heating takes where it does not say"""


def lists_of(home: Home, language: str) -> dict[str, Mapping[str, Any]]:
    """Return the lists `name`, `area`, `floor` and `temperature` of a home.

    Without a single name a list takes any words: sentence files that refer to it stay valid.
    """
    names = _once(value for entity in home.entities.values() for value in _names(entity, language))
    areas = _once(
        {"in": text, "out": area} for area in home.areas if (text := said(area, language))
    )
    return {
        "name": {"values": names} if names else _ANY_WORDS,
        "area": {"values": areas} if areas else _ANY_WORDS,
        "floor": {"values": areas} if areas else _ANY_WORDS,
        "temperature": {"range": _temperatures(home)},
    }


def without_lists(content: Mapping[str, Any], lists: Sequence[str]) -> dict[str, Any]:
    """Return templates without the sentences that refer to lists, directly or through a rule."""
    rules = content.get("expansion_rules", {})
    gone = {f"{{{name}" for name in lists}
    while (
        more := {f"<{name}>" for name, text in rules.items() if any(mark in text for mark in gone)}
        - gone
    ):
        gone |= more
    intents: dict[str, Any] = {}
    for intent, table in content["intents"].items():
        blocks = [_kept(block, gone) for block in table["data"]]
        if kept := [block for block in blocks if block["sentences"]]:
            intents[intent] = {"data": kept}
    left = {name: text for name, text in rules.items() if f"<{name}>" not in gone}
    return {**content, "intents": intents, "expansion_rules": left}


def said(name: str, language: str) -> str:
    """Return the template of a name: numbers as digits or words, no pictures and no signs.

    Empty where nothing is left that anybody could say, such as a soft hyphen.
    """
    family = language.partition("-")[0]
    plain = folded(name).replace(" & ", f" {_AND.get(family, '&')} ").replace(" + ", " plus ")
    words = _PICTURES.sub(" ", _SIGNS.sub(" ", plain)).split()
    return " ".join(_NUMBER.sub(lambda found: _number(found[0], family), word) for word in words)


def _kept(block: Mapping[str, Any], gone: set[str]) -> dict[str, Any]:
    sentences = [one for one in block["sentences"] if not any(mark in one for mark in gone)]
    return {**block, "sentences": sentences}


def _names(entity: Entity, language: str) -> Iterable[dict[str, Any]]:
    context = {"domain": entity.domain, "device_class": entity.device_class}
    for name in entity.names:
        if text := said(name, language):
            yield {"in": text, "out": entity.name, "context": context}


def _once(values: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return values without those that are the same to the ear."""
    kept = {
        (value["in"].casefold(), value["out"], str(value.get("context"))): value for value in values
    }
    return list(kept.values())


def _number(digits: str, language: str) -> str:
    words = _spelled(int(digits), language) if len(digits) < 5 else ""
    return f"({digits}|{words})" if words else digits


@cache
def _spelled(number: int, language: str) -> str:
    """Return a number in words; empty for a language whose numbers are not known."""
    from unicode_rbnf import RbnfEngine

    try:
        text = RbnfEngine.for_language(language).format_number(number).text
    except (ValueError, KeyError):
        return ""
    return text.replace("-", " ").replace("\u00ad", "")


def _temperatures(home: Home) -> dict[str, Any]:
    """Return the range of what any heating or cooling can be set to."""
    low = [one.low for one in home.entities.values() if one.low is not None]
    high = [one.high for one in home.entities.values() if one.high is not None]
    start = max(-30, math.floor(min(low, default=_COLDEST)))
    stop = min(120, math.ceil(max(high, default=_HOTTEST)))
    span = {"type": "temperature", "from": start, "to": max(start, stop)}
    return span if stop > 45 else {**span, "fractions": "halves"}
