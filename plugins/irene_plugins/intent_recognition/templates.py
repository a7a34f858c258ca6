"""Templates looked at one by one: brackets, and the rules and lists that they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

References = Mapping[str, frozenset[str]]
"""What each rule `<x>` and list `{x}` refers to, by the names of others in the same brackets."""

MAX_SPOKEN_NUMBERS = 10_000
"""hassil writes every number of a range out in words: 10 000 take 0.8 s and 21 MB"""

_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_END_MARKS = re.compile(r"(?:[?!]|(?<!\.\w)\.)+\s*$")


class TemplateError(ValueError):
    """A template that cannot be read; the message is the reason."""


def spoken(template: str) -> str:
    """Return the template without the mark at its end: nobody speaks it, so it never matches."""
    return _END_MARKS.sub("", template)


def references(template: str) -> frozenset[str]:
    """Return the rules (`<x>`) and lists (`{x}`) that a template refers to.

    Raises:
        TemplateError: the template is empty, or its brackets do not fit.
    """
    from hassil.parse_expression import parse_sentence
    from hassil.parser import ParseError

    if not template.strip():
        raise TemplateError("an empty sentence")
    _check_brackets(template)
    try:
        sentence = parse_sentence(template)
    except (ParseError, AssertionError) as error:
        raise TemplateError("cannot be read as a template") from error
    except RecursionError as error:
        raise TemplateError("brackets are nested too deeply") from error
    return frozenset(_named(sentence.expression))


def _check_brackets(template: str) -> None:
    opened: list[int] = []
    plain = re.sub(r"\\.", "xx", template)  # an escaped bracket is a letter
    for place, letter in enumerate(plain):
        if letter in _PAIRS:
            opened.append(place)
        elif letter in _PAIRS.values():
            start = opened.pop() if opened else -1
            if start < 0 or _PAIRS[plain[start]] != letter:
                raise TemplateError(f"{letter!r} at letter {place + 1} closes nothing")
            if not plain[start + 1 : place].strip():
                raise TemplateError(f"nothing between {plain[start]!r} and {letter!r}")
    if opened:
        raise TemplateError(f"{plain[opened[-1]]!r} at letter {opened[-1] + 1} is never closed")


def _named(expression: Any) -> Iterator[str]:
    """Yield the references below an expression; ranges written in place name no list."""
    pending = [expression]
    while pending:
        part = pending.pop()
        pending.extend(getattr(part, "items", ()))
        if hasattr(part, "rule_name"):
            yield f"<{part.rule_name}>"
        elif hasattr(part, "list_name"):
            bounds = part.get_inline_range()
            if bounds is None:
                yield f"{{{part.list_name}}}"
            else:
                _check_range(part.list_name, *bounds)


def _check_range(written: str, start: int, stop: int, step: int) -> None:
    if step < 1 or not 0 <= stop - start < step * MAX_SPOKEN_NUMBERS:
        raise TemplateError(
            f"{{{written}}} is no range of 1 to {MAX_SPOKEN_NUMBERS} rising numbers"
        )


def list_references(table: Mapping[str, Any]) -> frozenset[str]:
    """Return what the values of a list refer to.

    Raises:
        TemplateError: a value is empty, or its brackets do not fit.
    """
    found: set[str] = set()
    for value in table.get("values", ()):
        text = value if isinstance(value, str) else value["in"]
        try:
            found |= references(text)
        except TemplateError as error:
            raise TemplateError(f'"{text}": {error}') from error
    return frozenset(found)


def faults(wanted: Iterable[str], scope: References) -> list[str]:
    """Return why rules and lists that are wanted, directly or through others, do not work."""
    return list(_faults(wanted, scope, (), set()))


def _faults(
    wanted: Iterable[str], scope: References, path: tuple[str, ...], seen: set[str]
) -> Iterator[str]:
    for name in sorted(wanted):
        if name in path:
            yield f"rule {name} refers to itself"
        elif name not in scope:
            yield _unknown(name, scope) + (f" (in {path[-1]})" if path else "")
        elif name not in seen:
            seen.add(name)
            yield from _faults(scope[name], scope, (*path, name), seen)


def _unknown(name: str, scope: References) -> str:
    kind = "rule" if name.startswith("<") else "list"
    known = sorted(other for other in scope if other[0] == name[0])
    near = get_close_matches(name, known, n=1)
    if near:
        return f"unknown {kind} {name}; did you mean {near[0]}?"
    return f"unknown {kind} {name}; define it under `{_TABLES[kind]}`"


_TABLES = {"rule": "expansion_rules", "list": "lists"}
