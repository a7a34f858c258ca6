"""Units of time as people write them, "2h 30m", read as they are said: "2 hours 30 minutes"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple


class _Unit(NamedTuple):
    """How a unit is said: behind a 1, and behind any other number."""

    one: str
    many: str


_ENGLISH = {
    ("h", "hr", "hrs"): _Unit("hour", "hours"),
    ("min", "mins"): _Unit("minute", "minutes"),
    ("s", "sec", "secs"): _Unit("second", "seconds"),
}
_GERMAN = {
    ("h", "std", "stdn"): _Unit("Stunde", "Stunden"),
    ("min",): _Unit("Minute", "Minuten"),
    ("s", "sek"): _Unit("Sekunde", "Sekunden"),
}


class _ShortUnits:
    """The short units of one language."""

    def __init__(self, units: Mapping[tuple[str, ...], _Unit]) -> None:
        self._units = {short: unit for shorts, unit in units.items() for short in shorts}
        self._units["m"] = self._units["min"]
        # The longest come first, and a letter behind one makes another word of it. Metres have a
        # space before them, minutes have none: "30 m" is a length.
        shorts = "|".join(sorted(self._units.keys() - {"m"}, key=len, reverse=True))
        unit = rf"(?:\s?(?P<unit>{shorts})|(?P<minute>m))(?![^\W\d])\.?"
        self._written = re.compile(rf"(?<![\d.,:])(?P<number>\d+(?:[.,]\d+)?){unit}", re.IGNORECASE)

    def spelt_out(self, text: str) -> str:
        """Return the text with a word in place of each short unit; without any, as it is."""
        spoken, n_units = self._written.subn(self._said, text)
        return " ".join(spoken.split()) if n_units else text

    def _said(self, found: re.Match[str]) -> str:
        number, unit = found["number"], self._units[(found["unit"] or found["minute"]).lower()]
        return f"{number} {unit.one if number == '1' else unit.many} "


_LANGUAGES = {"en": _ENGLISH, "de": _GERMAN}


@cache  # made when a text is read: every command of irene imports this module
def _short_units(language: str) -> _ShortUnits | None:
    return _ShortUnits(_LANGUAGES[language]) if language in _LANGUAGES else None


def with_units_spelt_out(text: str, language: str) -> str:
    """Return a text in which short units of time behind numbers are words of the language.

    A BCP 47 tag names it; where its short units are not known, the text stays as it is.
    """
    known = _short_units(language.replace("_", "-").lower().partition("-")[0])
    return text if known is None else known.spelt_out(text)
