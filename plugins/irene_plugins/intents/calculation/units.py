"""A handler that converts between units of measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

from irene import HandlerContext, Intent, IntentInfo, Response, hookimpl
from irene_plugins.intents.bundled import BundledHandler, said
from irene_plugins.intents.calculation.exact import exact_number
from irene_plugins.intents.calculation.quantities import UNITS, convert
from irene_plugins.intents.spoken.numbers import number_words

_LARGEST = 10**18
"""amounts above are not converted: nobody says them"""


@dataclass(frozen=True)
class UnitOptions:
    """What units mean that have several sizes."""

    gallons: Literal["us", "imperial"] = "us"
    """whose gallons, quarts, pints and fluid ounces are meant"""


class UnitHandler(BundledHandler[UnitOptions]):
    """Converts lengths, weights, temperatures and other quantities, exactly."""

    name = "units"
    summary = "converts between units of measurement"
    intents = ("IreneConvert",)
    Options = UnitOptions

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Convert; what a follow-up leaves out is taken from the conversion before."""
        language = context.language
        slots = {**_before(intent, context), **said(intent)}
        source, target = (self._unit(slots.get(key, ""), language) for key in ("from", "to"))
        amount = _amount(slots)
        if not source or not target or amount is None:
            return self.say("unclear", language)
        names = {"source": self._many(source, language), "target": self._many(target, language)}
        result = convert(amount, UNITS[self._sized(source)], UNITS[self._sized(target)])
        if result is None:
            return self.say("incompatible", language, **names)
        told, _ = self._quantity(amount, source, language)
        converted, exact = self._quantity(result, target, language)
        key = "exactly" if exact else "about"
        response = self.say(key, language, amount=told[:1].upper() + told[1:], result=converted)
        return replace(response, data={"from": source, "to": target, "result": float(result)})

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return the templates, with the units that the handler knows."""
        content = super().sentences(language)
        if content is None:
            return None
        units = self.words("units", language)
        values = [{"in": form, "out": unit} for unit in units for form in _forms(units[unit])]
        return {**content, "lists": {**content["lists"], "unit": {"values": values}}}

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intent is for."""
        slots = {
            "amount": "a number; 1 if absent",
            "from": "unit, singular, such as inch, celsius, kilometre per hour",
            "to": "unit to convert into, singular",
        }
        return [IntentInfo("IreneConvert", "Converts between units.", slots, ("from", "to"))]

    def _unit(self, said: object, language: str) -> str:
        """Return the name of a unit that is given by its name or by a form of it; else nothing."""
        text = " ".join(str(said).casefold().split())
        units = self.words("units", language)
        if text in units:
            return text
        forms = {form.casefold(): unit for unit in units for form in _forms(units[unit])}
        return forms.get(text, "")

    def _sized(self, unit: str) -> str:
        """Return the unit of that name in the size that the options want."""
        imperial = f"imperial {unit}"
        return imperial if self.options.gallons == "imperial" and imperial in UNITS else unit

    def _quantity(self, amount: Fraction, unit: str, language: str) -> tuple[str, bool]:
        """Return amount and unit in words, and whether that is exact."""
        number, exact = number_words(amount, self.answers_in(language))
        one = self.words("units", language)[unit][0]
        return (one if number == "1" else f"{number} {self._many(unit, language)}"), exact

    def _many(self, unit: str, language: str) -> str:
        return str(self.words("units", language)[unit][1])


def _before(intent: Intent, context: HandlerContext) -> Mapping[str, Any]:
    """Return the slots of the conversion before, where this one leaves some out."""
    last, new = context.last_intent, said(intent)
    if last is None or last.name != intent.name or {"from", "to"} <= set(new):
        return {}
    kept = ("from", "to") if "amount" in new else ("from", "to", "amount", "fraction", "sign")
    return {name: value for name, value in last.slots.items() if name in kept}


def _amount(slots: Mapping[str, Any]) -> Fraction | None:
    """Return the number that the slots name; None for what is none."""
    defaults = {"amount": 1, "fraction": 0, "sign": 1}
    parts = [exact_number(slots.get(key, default), _LARGEST) for key, default in defaults.items()]
    amount, fraction, sign = parts
    if amount is None or fraction is None or sign not in (1, -1):
        return None
    return (amount + fraction) * sign


def _forms(words: Sequence[str]) -> list[str]:
    """Return what a unit may be called: the singular without its article, and all others."""
    one, *others = words
    return list(dict.fromkeys([one.split(maxsplit=1)[-1], *others]))


@hookimpl
def irene_intent_handlers() -> list[type[UnitHandler]]:
    """Offer the handler of units."""
    return [UnitHandler]
