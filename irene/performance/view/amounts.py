"""Figures as people read them: milliseconds, megabytes, percent, times of day."""

from __future__ import annotations

from datetime import datetime

_BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def amount(value: float, unit: str) -> str:
    """Return a figure with its unit; base units become ones of a handy size."""
    if unit == "seconds":
        return time_of(value)
    if unit == "bytes":
        scale, name = next((one for one in _BYTES if abs(value) >= one[0]), (1.0, "B"))
        return f"{value / scale:.3g} {name}" if value < 1e11 else f"{value / scale:.0f} {name}"
    if unit == "ratio":
        return f"{100 * value:.3g} %"
    number = f"{value:.0f}" if float(value).is_integer() else f"{value:.3g}"
    return f"{number} {unit}".rstrip()


def time_of(seconds: float) -> str:
    """Return a length of time: milliseconds below a second, else seconds."""
    return f"{seconds:.3g} s" if abs(seconds) >= 1 else f"{1e3 * seconds:.3g} ms"


def short(value: float) -> str:
    """Return a number of at most five places."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def clock_time(at: float, beside: float | None = None) -> str:
    """Return the local time of day of seconds since 1970; with its date where that differs.

    Args:
        at: seconds since 1970 (UTC).
        beside: another moment; on the same day the date is left out. None leaves it in.
    """
    moment = datetime.fromtimestamp(at).astimezone()
    if beside is not None and moment.date() == datetime.fromtimestamp(beside).date():
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%Y-%m-%d %H:%M:%S")
