"""A handler for sums that people do not want to do in their heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isqrt

from irene import HandlerContext, Intent, IntentInfo, NoOptions, Response, hookimpl
from irene_plugins.intents.bundled import BundledHandler, said
from irene_plugins.intents.calculation.exact import exact_number
from irene_plugins.intents.spoken.numbers import number_words

_LARGEST = 10**30
"""larger numbers are neither taken nor told"""
_ROOT_DIGITS = 12
"""digits of a square root behind the point"""
_OPERATIONS: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "plus": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "times": lambda a, b: a * b,
    "divided": lambda a, b: a / b,
    "percent": lambda a, b: a * b / 100,
    "root": lambda a, _: _square_root(a),
    "square": lambda a, _: a * a,
}


class CalculatorHandler(BundledHandler[NoOptions]):
    """Does one operation of arithmetic, exactly; "and times two" goes on with the result."""

    name = "calculator"
    summary = "adds, subtracts, multiplies, divides; percent and square roots"
    intents = ("IreneCalculate",)

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Return the result, rounded for the ear."""
        language = context.language
        asked = context.last_response.data if context.last_response else {}
        slots = said(intent)
        operation = _OPERATIONS.get(str(slots.get("operation", "")))
        a = exact_number(slots.get("a", asked.get("exact")), _LARGEST)
        b = exact_number(slots.get("b", 1), _LARGEST)
        if operation is None or a is None or b is None:
            return self.say("unclear", language)
        try:
            result = operation(a, b)
        except ZeroDivisionError:
            return self.say("no_division", language)
        except ValueError:
            return self.say("no_root", language)
        if abs(result) > _LARGEST:
            return self.say("too_large", language)
        told, exact = number_words(result, self.answers_in(language))
        response = self.say("result" if exact else "about", language, result=told)
        text = response.text[:1].upper() + response.text[1:]
        return replace(response, text=text, data={"result": float(result), "exact": str(result)})

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intent is for."""
        slots = {
            "a": "a number",
            "operation": "plus, minus, times, divided, percent (a % of b), root or square (of a)",
            "b": "a number; not for root and square",
        }
        return [IntentInfo("IreneCalculate", "Calculates.", slots, ("a", "operation"))]


def _square_root(value: Fraction) -> Fraction:
    """Return the square root, exact where it is rational, else to twelve decimals.

    Raises:
        ValueError: the value is negative.
    """
    roots = isqrt(value.numerator), isqrt(value.denominator)
    if (roots[0] ** 2, roots[1] ** 2) == (value.numerator, value.denominator):
        return Fraction(*roots)
    scale = 10**_ROOT_DIGITS
    return Fraction(isqrt(value.numerator * scale**2 // value.denominator), scale)


@hookimpl
def irene_intent_handlers() -> list[type[CalculatorHandler]]:
    """Offer the calculator."""
    return [CalculatorHandler]
