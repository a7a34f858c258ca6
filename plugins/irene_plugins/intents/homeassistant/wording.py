"""How answers about a home are put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from irene import Response
from irene_plugins.intents.homeassistant.home import Entity
from irene_plugins.intents.homeassistant.selection import Misfit, Selection

_MOST_NAMES = 5
"""names that are read out at once"""


class Say(Protocol):
    """Returns the answer of a key in a language."""

    def __call__(self, key: str, language: str, /, **values: object) -> Response:
        """Fill in the values."""
        ...


@dataclass(frozen=True)
class Wording:
    """The answers of one language."""

    say: Say
    language: str

    def answer(self, key: str, /, **values: object) -> Response:
        """Return the answer of that key."""
        return self.say(key, self.language, **values)

    def word(self, key: str, default: str = "") -> str:
        """Return a word of that key; the default where there is none."""
        try:
            return self.answer(key).text
        except KeyError:
            return default

    def misfit(self, misfit: Misfit) -> Response:
        """Return why nothing is meant, or the question that helps."""
        values = dict(misfit.values)
        if misfit.names:
            values["names"] = self.names(misfit.names, "or")
        return replace(self.answer(misfit.key, **values), asks=misfit.asks)

    def what(self, selection: Selection) -> str:
        """Return what to call the entities: by name, or by their kind."""
        domains = {one.domain for one in selection.entities}
        if selection.is_named or len(selection.entities) == 1:
            return selection.entities[0].name
        return self.word(domains.pop() if len(domains) == 1 else "everything", "everything")

    def names(self, names: Sequence[str], joint: str = "and") -> str:
        """Return names as a list that reads well."""
        shown = list(dict.fromkeys(names))[:_MOST_NAMES]
        if len(shown) < 2:
            return "".join(shown)
        return f"{', '.join(shown[:-1])} {self.word(joint)} {shown[-1]}"

    def state(self, state: str, unit: str = "") -> str:
        """Return a state in words, or as Home Assistant writes it."""
        plain = state.replace("_", " ")
        return f"{self.number(state)} {unit}" if unit else self.word(f"state_{state}", plain)

    def number(self, value: object) -> str:
        """Return a number as people write it: no zeros at its end, two places at most."""
        try:
            exact = float(str(value))
        except ValueError:
            return str(value)
        return f"{exact:.2f}".rstrip("0").rstrip(".").replace(".", self.word("decimal", "."))

    def absent(self, said: Response, absent: Sequence[Entity]) -> Response:
        """Return the answer, and what could not be reached."""
        if not absent:
            return said
        names = self.names([one.name for one in absent])
        return self.answer("but", said=said.text, names=names)
