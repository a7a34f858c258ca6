"""A few sentences of a template that show all that it may say: each choice taken at least once."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hassil import ListReference, Sentence

Forced = Mapping[int, int]
"""branch to take at some of the choices, by identity of the choice"""

_MAX_CHARACTERS = 500
_TRIES = 4
"""attempts for each further sentence: a template with few sentences says the same again"""


def expansions(
    sentence: Sentence,
    rules: Mapping[str, Sentence],
    placeholder: Callable[[ListReference], str | None],
    limit: int,
) -> Iterator[str]:
    """Yield different sentences of a template, the plainest first.

    First come those that take each branch of each choice once, everything else as short as
    possible; then, up to the limit, some that choose at random (always the same ones).

    Args:
        sentence: the template.
        rules: rules that it may refer to.
        placeholder: what stands for a list; None where nothing can be said, and then the
            sentence is left out.
        limit: most sentences.
    """
    seen: set[str] = set()
    for walk in _walks(sentence, rules, placeholder, limit):
        text = "" if walk.is_dead else " ".join(walk.text.split())
        if text and text not in seen:
            seen.add(text)
            yield text
            if len(seen) >= limit:
                return


def _walks(
    sentence: Sentence,
    rules: Mapping[str, Sentence],
    placeholder: Callable[[ListReference], str | None],
    limit: int,
) -> Iterator[_Walk]:
    waiting: deque[Forced] = deque([{}])
    known: set[tuple[int, int]] = set()
    while waiting:
        walk = _Walk(rules, placeholder, waiting.popleft())
        walk.say(sentence.expression)
        yield walk
        for choice, n_branches in walk.choices.items():
            for branch in range(n_branches):
                if (choice, branch) not in known:
                    known.add((choice, branch))
                    waiting.append({**walk.forced, choice: branch})
    chance = random.Random(0)
    for _ in range(limit * _TRIES if known else 0):
        walk = _Walk(rules, placeholder, {}, chance)
        walk.say(sentence.expression)
        yield walk


class _Walk:
    """One way through a template."""

    def __init__(
        self,
        rules: Mapping[str, Sentence],
        placeholder: Callable[[ListReference], str | None],
        forced: Forced,
        chance: random.Random | None = None,
    ) -> None:
        self.forced = forced
        self.text = ""
        self.choices: dict[int, int] = {}
        """number of branches of each choice on the way"""
        self.is_dead = False
        """whether something on the way cannot be said"""
        self._rules = rules
        self._placeholder = placeholder
        self._chance = chance

    def say(self, part: Any) -> None:
        """Add the words of a part of the template."""
        kind = type(part).__name__  # by name: imports of the classes would be repeated each time
        if self.is_dead:
            return
        if len(self.text) > _MAX_CHARACTERS:
            self.is_dead = True
        elif kind == "TextChunk":
            self.text += part.original_text
        elif kind == "Alternative":
            self.say(part.items[self._choose(part, len(part.items))])
        elif kind == "RuleReference":
            self.say(self._rules[part.rule_name].expression)
        elif kind == "ListReference":
            self._say_list(part)
        else:
            self._say_all(part, kind == "Permutation")

    def _say_all(self, part: Any, in_any_order: bool) -> None:
        if not in_any_order:
            for item in part.items:
                self.say(item)
            return
        first = self._choose(part, len(part.items))
        for item in (*part.items[first:], *part.items[:first]):
            self.text += " "
            self.say(item)

    def _say_list(self, reference: ListReference) -> None:
        words = self._placeholder(reference)
        self.is_dead = self.is_dead or words is None
        self.text += words or ""

    def _choose(self, part: Any, n_branches: int) -> int:
        choice = id(part)
        self.choices[choice] = n_branches
        if self._chance is not None:
            return self._chance.randrange(n_branches)
        shortest = n_branches - 1 if getattr(part, "is_optional", False) else 0
        return self.forced.get(choice, shortest)
