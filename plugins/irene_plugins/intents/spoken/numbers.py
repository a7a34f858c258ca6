"""Numbers as voices read them well, in English and German."""

from __future__ import annotations

from fractions import Fraction

_LARGEST = 10**15
"""from here on, and below a millionth, numbers are told as powers of ten"""
_SMALLEST = Fraction(1, 10**6)


def number_words(value: Fraction, language: str) -> tuple[str, bool]:
    """Return a number, rounded for the ear, and whether it still is exact.

    Whole numbers stay whole; others keep two decimals, below 1 three significant digits. eSpeak
    NG reads a decimal point in English and a decimal comma in German, and no thousands separator
    is needed in either.

    Args:
        value: any number.
        language: BCP 47 tag; German has a comma, every other a point.
    """
    german = language.replace("_", "-").lower().split("-")[0] == "de"
    size = abs(value)
    if size >= _LARGEST or 0 < size < _SMALLEST:
        return _power_of_ten(value, german)
    decimals = 2 if size >= 1 or size == 0 else 2 - _exponent(size)
    rounded = _rounded(value, decimals)
    sign = "minus " if rounded < 0 else ""
    return f"{sign}{_digits(abs(rounded), decimals, german)}", rounded == value


def _power_of_ten(value: Fraction, german: bool) -> tuple[str, bool]:
    exponent = _exponent(abs(value))
    mantissa = _rounded(value / Fraction(10) ** exponent, 2)
    sign = "minus " if value < 0 else ""
    times = "mal 10 hoch" if german else "times 10 to the power of"
    power = f"minus {-exponent}" if exponent < 0 else str(exponent)
    exact = mantissa * Fraction(10) ** exponent == value
    return f"{sign}{_digits(abs(mantissa), 2, german)} {times} {power}", exact


def _exponent(size: Fraction) -> int:
    """Return the power of ten that a positive number begins with: -2 for 0.05."""
    exponent = len(str(size.numerator)) - len(str(size.denominator))
    return exponent if Fraction(10) ** exponent <= size else exponent - 1


def _rounded(value: Fraction, decimals: int) -> Fraction:
    """Return the value rounded half away from zero, as people do it."""
    scale = 10**decimals
    whole = (abs(value) * scale * 2 + 1) // 2
    return Fraction(whole if value >= 0 else -whole, scale)


def _digits(value: Fraction, decimals: int, german: bool) -> str:
    whole, rest = divmod(value * 10**decimals, 10**decimals)
    behind = str(int(rest)).rjust(decimals, "0").rstrip("0")
    return f"{whole}{',' if german else '.'}{behind}" if behind else str(whole)
