"""Templates looked at one by one: brackets, and the rules and lists that they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

References = Mapping[str, frozenset[str]]
"""What each rule `<x>` and list `{x}` refers to, by the names of others in the same brackets."""

MAX_SPOKEN_NUMBERS = 10_000
"""hassil writes every number of a range out in words: 10 000 take 0.8 s and 21 MB"""

LIVE_LISTS = ("{name}", "{area}", "{floor}")
"""lists that Home Assistant makes of a home's devices, areas and floors"""

SAME_NAME = 0.75
"""likeness, 0 to 1, from which a name that nobody defines is a misspelling of one that is"""

_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_MARKUP = re.compile(r"[()\[\]{}<>|;\\]")
"""what makes a text more than words"""
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
    if _MARKUP.search(template) is None:  # as most values of lists are: nothing to take apart
        return frozenset()
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
            within = plain[start + 1 : place]
            if not (within if letter in ")]" else within.strip()):  # `[ ]`: a space or none
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


def reachable(wanted: Iterable[str], scope: References) -> set[str]:
    """Return what is wanted, and all that it refers to in turn."""
    pending, found = list(wanted), set(wanted)
    while pending:
        below = scope.get(pending.pop(), frozenset()) - found
        found |= below
        pending.extend(below)
    return found


@dataclass(frozen=True)
class Fault:
    """Why a sentence, or a part of it, does not work."""

    reason: str
    """what is wrong and what would be right; empty when the name is only missing"""
    missing: str = ""
    """`<rule>` or `{list}` that nobody defines and that is no misspelling of a known one"""


def faults(wanted: Iterable[str], scope: References) -> list[Fault]:
    """Return why rules and lists that are wanted, directly or through others, do not work."""
    return list(_faults(wanted, scope, (), set()))


def _faults(
    wanted: Iterable[str], scope: References, path: tuple[str, ...], seen: set[str]
) -> Iterator[Fault]:
    for name in sorted(wanted):
        if name in path:
            yield Fault(f"rule {name} refers to itself")
        elif name not in scope:
            yield _unknown(name, scope, f" (in {path[-1]})" if path else "")
        elif name not in seen:
            seen.add(name)
            yield from _faults(scope[name], scope, (*path, name), seen)


def _unknown(name: str, scope: References, within: str) -> Fault:
    """Tell a misspelling of a known name from a name that is defined elsewhere, or not yet."""
    kind = "rule" if name.startswith("<") else "list"
    known = {other[1:-1].casefold(): other for other in scope if other[0] == name[0]}
    if kind == "list":
        known.update({other[1:-1]: other for other in LIVE_LISTS})
    if name in known.values():
        return Fault("", name)
    near = get_close_matches(name[1:-1].casefold(), known, n=1, cutoff=SAME_NAME)
    if near:
        return Fault(f"unknown {kind} {name}; did you mean {known[near[0]]}?{within}")
    return Fault("", name)
