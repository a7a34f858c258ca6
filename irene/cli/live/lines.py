"""What a running assistant tells, as lines for people."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from irene.cli.error_border import tell
from irene.cli.runs.event_lines import event_line
from irene.cli.terminal.layout import columns, wants_colour
from irene.domain.events.reading import read_event
from irene.errors import ConfigurationError

_LABEL_WIDTH = 16
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def status_lines(status: Mapping[str, Any]) -> Iterator[str]:
    """Yield what `irene status` prints."""
    session = f" (session {status['session']})" if status["session"] else ""
    facts = {
        status["name"]: f"{_state(status)}{session}, {'speaks, ' * status['speaking']}"
        f"{status['n_sessions']} sessions so far",
        "microphone": "muted" if status["muted"] else "on",
        "configuration": status["config_path"] or status["config"],
        **_left_aside(status),
        "process": f"{status['pid']}, irene {status['version']}, "
        f"for {duration(status['uptime_s'])}",
        **_language(status),
        "serving": ", ".join(f"{kind} {name}" for kind, name in status["serving"].items()),
        "memory": _memory(status["memory"]),
        "last error": _last_error(status["last_error"]),
    }
    for label, fact in facts.items():
        yield f"{label.ljust(_LABEL_WIDTH)}  {fact}"


_HEADS = (
    "kind",
    "name",
    "state",
    "calls",
    "failed",
    "slow",
    "late",
    "average",
    "p95",
    "last failure",
)


def provider_lines(providers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what `irene providers --live` prints."""
    yield from columns(_HEADS, [_provider_row(one) for one in providers])


def _provider_row(one: Mapping[str, Any]) -> tuple[str, ...]:
    share = "" if one["share"] in (None, 1.0) else f" ({one['share']:.0%})"
    counts = (str(one[name] or "-") for name in ("failed", "slow", "late"))
    failure = one["last_failure"]
    return (
        one["kind"],
        one["name"],
        _provider_state(one),
        f"{one['calls']}{share}",
        *counts,
        _time(one["latency_ms"]),
        _time(one["p95_ms"]),
        f"{failure['at']} {failure['reason']}" if failure else "",
    )


def _provider_state(one: Mapping[str, Any]) -> str:
    if one["circuit"] == "open":
        return f"left alone, {one['retry_s']:.0f} s more"
    if one["circuit"] != "closed":
        return "being tried" if one["circuit"] == "half_open" else str(one["circuit"])
    limit = f" of {one['max_concurrency']}" if one["max_concurrency"] else ""
    works = f", {one['in_flight']}{limit} at work" if one["in_flight"] else ""
    idle = "" if one["loaded"] else ", not loaded"
    return ("serves" if one["serves"] else "stands by") + works + idle


def _time(milliseconds: float | None) -> str:
    return "-" if milliseconds is None else f"{milliseconds:.0f} ms"


def duration(seconds: float) -> str:
    """Return a length of time in its two greatest units."""
    parts: list[str] = []
    left = int(seconds)
    for size, unit in _UNITS:
        number, left = divmod(left, size)
        if number or parts or unit == "s":
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2])


def followed_line(event: Mapping[str, Any]) -> str:
    """Return an event of a running assistant as `irene run` prints it.

    One that this irene does not know is told with all its fields.
    """
    known = read_event(event)
    if known is not None:
        line = event_line(known)
        return line if wants_colour(sys.stdout) else click.unstyle(line)
    facts = ", ".join(
        f"{name} {value}"
        for name, value in event.items()
        if name not in ("event", "session", "time_s")
    )
    return f"{event.get('time_s', 0.0):8.2f}  {event.get('event')}  {facts}".rstrip()


def tell_reload(report: Mapping[str, Any]) -> int:
    """Print what a reload led to; return the exit status."""
    for problem in report.get("problems", ()):
        tell(str(problem))
    if report.get("refused"):
        return ConfigurationError.exit_code
    changed, restart = report.get("changed", ()), report.get("restart", ())
    for key in changed:
        click.echo(f"changed: {key}")
    for key in restart:
        click.echo(f"needs a restart: {key}")
    if not changed and not restart:
        click.echo("nothing has changed")
    return 0


def _state(status: Mapping[str, Any]) -> str:
    if status["state"] == "waiting":
        wanted = "the wake word" if "voice_trigger" in status["serving"] else "somebody to speak"
        return f"waits for {wanted}"
    return "has ended" if status["state"] == "ended" else str(status["state"])


def _left_aside(status: Mapping[str, Any]) -> dict[str, str]:
    """Return what the file says that the assistant does not do."""
    refused, restart = status.get("refused", ()), status.get("restart", ())
    more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
    facts = {"refused": f"as it is now: {refused[0]}{more}" if refused else ""}
    facts["after a restart"] = ", ".join(restart)
    return {label: fact for label, fact in facts.items() if fact}


def _language(status: Mapping[str, Any]) -> dict[str, str]:
    """Return the language that is spoken, where it is identified and may change."""
    if "language" not in status["serving"]:
        return {}
    return {"language": f"{status['language']}, identified by {status['serving']['language']}"}


def _memory(memory: Mapping[str, Any]) -> str:
    workers = f", {memory['workers_mb']:.0f} MB in workers" if memory["workers_mb"] else ""
    limit = f" of {memory['limit_mb']:.0f} MB" if memory["limit_mb"] else ""
    return f"{memory['used_mb']:.0f} MB{limit}{workers}"


def _last_error(error: Mapping[str, Any] | None) -> str:
    return "none" if error is None else f"{error['message']} ({error['code']}, {error['at']})"
