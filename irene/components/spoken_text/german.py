"""How German is written, and what its voices do not read by themselves."""

from __future__ import annotations

import re

from irene.components.spoken_text.rules import (
    Match,
    WrittenLanguage,
    abbreviation_rule,
    any_of,
    digit_groups,
    rule,
    words,
)

_NUMBER = r"\d+(?:\.\d{3})*(?:,\d+)?"
_MONTHS = words(
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
)
_COUNTED = {
    "Std.": ("eine Stunde", "Stunden"),
    "Min.": ("eine Minute", "Minuten"),
    "Sek.": ("eine Sekunde", "Sekunden"),
    "Mio.": ("eine Million", "Millionen"),
    "Mrd.": ("eine Milliarde", "Milliarden"),
}
"""abbreviations that say something else after a 1"""
_SPOKEN = {
    **{short: many for short, (_, many) in _COUNTED.items()},
    "z.B.": "zum Beispiel",
    "d.h.": "das heißt",
    "u.a.": "unter anderem",
    "usw.": "und so weiter",
    "bzw.": "beziehungsweise",
    "ca.": "circa",
    "evtl.": "eventuell",
    "inkl.": "inklusive",
    "Dr.": "Doktor",
    "Nr.": "Nummer",
    "Str.": "Straße",
}
_UNITS = {
    "°C": ("ein Grad Celsius", "Grad Celsius"),
    "°F": ("ein Grad Fahrenheit", "Grad Fahrenheit"),
    "°": ("ein Grad", "Grad"),
    "%": ("ein Prozent", "Prozent"),
    "km/h": ("ein Kilometer pro Stunde", "Kilometer pro Stunde"),
    "m/s": ("ein Meter pro Sekunde", "Meter pro Sekunde"),
    "km": ("ein Kilometer", "Kilometer"),
    "cm": ("ein Zentimeter", "Zentimeter"),
    "mm": ("ein Millimeter", "Millimeter"),
    "m": ("ein Meter", "Meter"),
    "m²": ("ein Quadratmeter", "Quadratmeter"),
    "m³": ("ein Kubikmeter", "Kubikmeter"),
    "kg": ("ein Kilogramm", "Kilogramm"),
    "g": ("ein Gramm", "Gramm"),
    "mg": ("ein Milligramm", "Milligramm"),
    "l": ("ein Liter", "Liter"),
    "ml": ("ein Milliliter", "Milliliter"),
    "kWh": ("eine Kilowattstunde", "Kilowattstunden"),
    "Wh": ("eine Wattstunde", "Wattstunden"),
    "kW": ("ein Kilowatt", "Kilowatt"),
    "W": ("ein Watt", "Watt"),
    "V": ("ein Volt", "Volt"),
    "hPa": ("ein Hektopascal", "Hektopascal"),
    "Hz": ("ein Hertz", "Hertz"),
    "kHz": ("ein Kilohertz", "Kilohertz"),
    "MHz": ("ein Megahertz", "Megahertz"),
    "GHz": ("ein Gigahertz", "Gigahertz"),
    "kB": ("ein Kilobyte", "Kilobyte"),
    "MB": ("ein Megabyte", "Megabyte"),
    "GB": ("ein Gigabyte", "Gigabyte"),
    "TB": ("ein Terabyte", "Terabyte"),
    "h": ("eine Stunde", "Stunden"),
    "min": ("eine Minute", "Minuten"),
    "s": ("eine Sekunde", "Sekunden"),
    "ms": ("eine Millisekunde", "Millisekunden"),
}
_MONEY = {"€": "Euro", "$": "Dollar", "£": "Pfund", "CHF": "Franken"}
_ARTICLES = {
    "Uhr": "ein", "Grad": "ein", "Prozent": "ein", "Tag": "ein", "Meter": "ein", "Liter": "ein",
    "Euro": "ein", "Sekunde": "eine", "Minute": "eine", "Stunde": "eine", "Woche": "eine",
}  # fmt: skip
_ONES = words(
    "null erst zweit dritt viert fünft sechst siebt acht neunt zehnt elft zwölft dreizehnt "
    "vierzehnt fünfzehnt sechzehnt siebzehnt achtzehnt neunzehnt"
)
_BEFORE_TENS = words("- einund zweiund dreiund vierund fünfund sechsund siebenund achtund neunund")
_TENS = words("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_WEAK = "am|an dem|den|dem|des|vom|zum|im|beim|bis|ab|seit|jeden|jedem|diesen|diesem|nächsten"
_STRONG_E = "der|die|das|jede|diese|dieser|dieses|nächste"
_BEFORE = rf"\b(?:{_WEAK}|{_STRONG_E}|{any_of(_MONTHS)})"


def _ordinal(number: int, ending: str) -> str:
    """Return an ordinal below 100 in letters: no voice knows "3." for one."""
    if number < len(_ONES):
        return _ONES[number] + ending
    tens, ones = divmod(number, 10)
    before = _BEFORE_TENS[ones] if ones else ""
    return f"{before}{_TENS[tens - 2]}st{ending}"


def _ending(word: str) -> str:
    """Return the ending of an ordinal behind this word; empty where it cannot be known."""
    word = word.lower().strip()
    if word in (*_WEAK.split("|"), "und", "oder"):
        return "en"
    return "e" if word in _STRONG_E.split("|") else "er"


def _year(year: str) -> str:
    """Say a year before 2000 in hundreds; the voice reads the others."""
    if len(year) != 4 or not 11 <= int(year[:2]) <= 19:
        return year
    return f"{int(year[:2])} hundert {int(year[2:]) or ''}".strip()


def _date(before: str, day: str, month: str, year: str | None) -> str:
    said = f"{before}{_ordinal(int(day), _ending(before))} {month}"
    return f"{said} {_year(year)}" if year else said


def _numeric_date(match: Match) -> str:
    day, month = int(match[2]), int(match[3])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return match[0]
    return _date(match[1] or "", match[2], _MONTHS[month - 1], match[4])


def _iso_date(match: Match) -> str:
    return _date(match[1] or "", match[4], _MONTHS[int(match[3]) - 1], match[2])


def _ordinal_number(match: Match) -> str:
    return f"{match[1]}{_ordinal(int(match[2]), _ending(match[1]))}"


def _time(match: Match) -> str:
    hour, minute, second = int(match[1]), int(match[2]), match[3]
    said = f"{'ein' if hour == 1 else hour} Uhr"
    is_exact = int(second or 0) > 0
    if minute or is_exact:
        said += f" {minute}"
    return f"{said} und {int(second)} Sekunden" if is_exact else said


def _money(match: Match) -> str:
    name, whole, cents = _MONEY[match["symbol"]], match["whole"], match["cents"]
    if whole == "0" and cents:
        return f"{int(cents)} Cent"
    said = f"{'ein' if whole == '1' else whole} {name}"
    return f"{said} {int(cents)}" if int(cents or 0) else said


def _unit(match: Match) -> str:
    number, words = match[1].replace(".", ",") if _ENGLISH.match(match[1]) else match[1], match[2]
    one, many = _UNITS[words.replace("° ", "°")]
    sign = "minus " if number[0] in "-−" else ""
    return sign + one if number.lstrip("-−") == "1" else f"{number} {many}"


_ENGLISH = re.compile(r"[-−]?\d+\.\d{1,2}$")
"""a decimal point where a comma belongs, as programs write it"""
_CENTS = r"(?P<whole>\d+(?:\.\d{3})*)(?:,(?P<cents>\d\d?))?(?![\d.,]*\d)"
_FIRST = rf"(\b(?:{_WEAK}|{_STRONG_E}|und|oder)\s+)?"
"""the word before a date, which decides how it ends"""

GERMAN = WrittenLanguage(
    abbreviations=frozenset(
        words(
            "z.b z d.h d u.a u bzw ca dr prof nr str st hr fr evtl inkl zzgl vgl std min sek mio "
            "mrd tel abs art bd jan feb mär apr jun jul aug sep sept okt nov dez"
        )
    ),
    ordinal_stop=re.compile(rf"(?:{_BEFORE})\s+\d{{1,3}}$", re.IGNORECASE),
    ordinal_nouns=frozenset(month.lower() for month in _MONTHS),
    rules=(
        rule(rf"(?<![\w.,:/-])1 ({any_of(_COUNTED)})", lambda match: _COUNTED[match[1]][0]),
        abbreviation_rule(_SPOKEN),
        rule(
            rf"{_FIRST}(?<![\d-])(\d{{4}})-(0[1-9]|1[0-2])-"
            r"(0[1-9]|[12]\d|3[01])(?![\d-])",
            _iso_date,
            re.IGNORECASE,
        ),
        rule(
            rf"{_FIRST}(?<![\d.])(\d\d?)\.\s?(\d\d?)\.(?:\s?(\d{{4}})\b)?"
            r"(?!\d)",
            _numeric_date,
            re.IGNORECASE,
        ),
        rule(
            rf"{_FIRST}(?<![\d.,])(\d\d?)\.\s?({any_of(_MONTHS)})\b"
            r"(?:\s(\d{4})\b)?",
            lambda match: _date(match[1] or "", match[2], match[3], match[4]),
            re.IGNORECASE,
        ),
        rule(
            rf"(\b(?:{_WEAK}|{_STRONG_E})\s+)(\d\d?)\.(?!\d)", _ordinal_number, re.IGNORECASE
        ),
        rule(r"\b(Jahr|Jahre|seit|bis|von|ab|Sommer|Winter|Herbst|Frühjahr) (1[1-9]\d\d)"
             r"(?![\d.,:-]*\d)\b",
             lambda match: f"{match[1]} {_year(match[2])}"),
        rule(r"(?<=\d:\d\d)\s?[-–]\s?(?=\d\d?:\d\d)", " bis "),
        rule(
            r"(?<![\d:.,])([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?![\d:])(?:\s?Uhr\b)?", _time
        ),
        rule(r"(?<![\d:.,])([01]?\d|2[0-3])\.([0-5]\d)()\s?Uhr\b", _time),
        rule(rf"(?<![\d.,]){_CENTS}\s?(?P<symbol>{any_of(_MONEY)})(?!\w)", _money),
        rule(rf"(?<!\w)(?P<symbol>{any_of(_MONEY)})\s?{_CENTS}", _money),
        rule(r"(?:(?<=illion|liarde)|(?<=llionen|liarden)) €", " Euro"),
        rule(
            rf"(?<![\w.,])([-−]?(?:\d+\.\d{{1,2}}|{_NUMBER}))\s?(°\s?[CF]|{any_of(_UNITS)})"
            r"(?![\w/²³'’])",
            _unit,
        ),
        rule(
            rf"(?<![\w.,:/-])1 ({any_of(_ARTICLES)})\b",
            lambda match: f"{_ARTICLES[match[1]]} {match[1]}",
        ),
        rule(r"\+\d[\d ()/-]{5,}\d|(?<![\d.,:/-])0\d{2,}(?:[ /-]\d{2,})*(?![.,:]?\d)",
             digit_groups),
        rule(rf"(?<![\d-])({_NUMBER})[-–]({_NUMBER})(?![\d-])", r"\1 bis \2"),
        rule(r"(?<![\w)])[−–](?=\d)", "minus "),
        rule(r"#(?=\d)", "Nummer "),
        rule(r"(?<!\w)[~≈]\s?(?=\d)", "etwa "),
        rule(r"(?<=\d) [x*] (?=\d)", " mal "),
        rule(
            r"(?<!Kapitel )(?<!Version )(?<![\d.])(\d+)\.(\d{1,2})(?![\d.])(?=\s|[,;!?)]|$)",
            r"\1,\2",
        ),
        rule(
            r"(?<![\d.])(?!\d{1,3}(?:\.\d{3})+\b)\d+(?:\.\d+){2,}",
            lambda match: match[0].replace(".", " Punkt "),
        ),
    ),
)  # fmt: skip
