"""Numbers as slots hold them, read exactly and without any that would take forever."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

_MAX_CHARACTERS = 400
_RATIO = re.compile(r"-?\d+/\d+\Z")
_SMALLEST_POWER = -400
"""of ten; `1e-999999999` is a number that takes gigabytes as a fraction"""


def exact_number(value: object, largest: int) -> Fraction | None:
    """Return a number that is given as one, as decimal digits or as `22/7`; None for others.

    Args:
        value: what a slot or an answer's data hold; a float counts as the digits it is shown with.
        largest: numbers above are none, nor those below its negative.
    """
    text = str(value).strip()
    if len(text) > _MAX_CHARACTERS:
        return None
    try:
        number = Fraction(text) if _RATIO.match(text) else _decimal(text, len(str(largest)))
    except (InvalidOperation, ValueError, ZeroDivisionError):
        return None
    return number if number is not None and abs(number) <= largest else None


def _decimal(text: str, max_digits: int) -> Fraction | None:
    number = Decimal(text)
    if not number.is_finite():
        return None
    return Fraction(number) if _SMALLEST_POWER <= number.adjusted() <= max_digits else None
