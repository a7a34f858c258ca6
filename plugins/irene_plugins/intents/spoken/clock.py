"""Times and dates in words that voices read well, in English and German."""

from __future__ import annotations

from datetime import date, time

ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
GERMAN_DAYS = (
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "Samstag",
    "Sonntag",
)
_ENGLISH_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_GERMAN_MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
_ENGLISH_ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_GERMAN_ONES = (
    *("", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn"),
    *("elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn"),
    "neunzehn",
)
_GERMAN_ORDINALS = {1: "erste", 3: "dritte", 7: "siebte", 8: "achte"}


def usual_hours(language: str) -> int:
    """Return how many hours a day has on the clocks of a language: 12 or 24."""
    return 24 if _is_german(language) else 12


def time_words(moment: time, hour_format: int, language: str) -> str:
    """Return the time without a verb, such as `4:15 PM` or `16 Uhr 15`.

    Args:
        moment: the time of day; seconds are left out.
        hour_format: 12 or 24 hours a day.
        language: BCP 47 tag; German is told in German, every other in English.
    """
    if _is_german(language):
        return _german_time(moment, hour_format)
    return _english_time(moment, hour_format)


def date_words(day: date, language: str, *, dative: bool = False) -> str:
    """Return the date with its weekday; names do not depend on the machine's locale.

    Args:
        day: the date.
        language: BCP 47 tag; German is told in German, every other in English.
        dative: `dem dritten März` instead of `der dritte März`, as it follows "am".
    """
    if not _is_german(language):
        ordinal = f"{day.day}{_ENGLISH_ENDINGS.get(day.day, 'th')}"
        return (
            f"{ENGLISH_DAYS[day.weekday()]}, {_ENGLISH_MONTHS[day.month - 1]} {ordinal}, {day.year}"
        )
    article, ending = ("dem", "n") if dative else ("der", "")
    ordinal = f"{german_ordinal(day.day)}{ending}"
    month = _GERMAN_MONTHS[day.month - 1]
    return f"{GERMAN_DAYS[day.weekday()]}, {article} {ordinal} {month} {day.year}"


def weekday_words(day: date, language: str) -> str:
    """Return the name of the day of the week."""
    return (GERMAN_DAYS if _is_german(language) else ENGLISH_DAYS)[day.weekday()]


def german_ordinal(number: int) -> str:
    """Return 1 to 99 as a German ordinal: `dritte`.

    eSpeak NG reads `3. März` as "drei", with the end of a sentence behind it.
    """
    if number in _GERMAN_ORDINALS:
        return _GERMAN_ORDINALS[number]
    if number < 20:
        return f"{_GERMAN_ONES[number]}te"
    tens = ("zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig")
    ones = f"{_GERMAN_ONES[number % 10]}und" if number % 10 else ""
    return f"{ones}{tens[number // 10 - 2]}ste"


def _english_time(moment: time, hour_format: int) -> str:
    """Return an English time.

    eSpeak NG reads `4:05` as "four zero five" and `4:00` as "four zero zero", so full hours and
    the first nine minutes are told in words.
    """
    hour = _english_hour(moment.hour, hour_format)
    if moment.minute == 0:
        return f"{hour} o'clock" if hour.isdecimal() else hour
    if moment.minute <= 9:
        return f"{moment.minute} minute{'s' if moment.minute > 1 else ''} past {hour}"
    if hour_format == 24:
        return f"{moment.hour}:{moment.minute}"
    return f"{_twelve(moment.hour)}:{moment.minute} {_half(moment.hour)}"


def _english_hour(hour: int, hour_format: int) -> str:
    if hour in (0, 12):
        return "noon" if hour else "midnight"
    return str(hour) if hour_format == 24 else f"{_twelve(hour)} {_half(hour)}"


def _german_time(moment: time, hour_format: int) -> str:
    """Return a German time.

    eSpeak NG reads `16:15 Uhr` as "sechzehn Uhr fünfzehn Uhr" and `1 Uhr` as "eins Uhr".
    """
    if hour_format == 24:
        hour, part = moment.hour, ""
    else:
        hour, part = _twelve(moment.hour), f" {_part_of_day(moment.hour)}"
    if moment.hour == 0 and moment.minute == 0:
        return "Mitternacht"
    minutes = f" {moment.minute}" if moment.minute else ""
    return f"{'ein' if hour == 1 else hour} Uhr{minutes}{part}"


def _part_of_day(hour: int) -> str:
    """Return the German word that tells 4 in the night from 4 in the afternoon."""
    parts = ((5, "nachts"), (9, "morgens"), (12, "vormittags"), (14, "mittags"))
    for until, part in (*parts, (18, "nachmittags"), (22, "abends")):
        if hour < until:
            return part
    return "nachts"


def _twelve(hour: int) -> int:
    return hour % 12 or 12


def _half(hour: int) -> str:
    return "AM" if hour < 12 else "PM"


def _is_german(language: str) -> bool:
    return language.replace("_", "-").lower().split("-")[0] == "de"
