"""What a running assistant tells, as lines for people."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from irene.cli.error_border import tell
from irene.cli.event_lines import event_line
from irene.cli.terminal import columns, wants_colour
from irene.domain.event_reading import read_event
from irene.errors import ConfigurationError

_LABEL_WIDTH = 16
_STATES = {"waiting": "waits for the wake word", "ended": "has ended"}
"""how a state is told where its name says too little"""
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def status_lines(status: Mapping[str, Any]) -> Iterator[str]:
    """Yield what `irene status` prints."""
    state = _STATES.get(status["state"], status["state"])
    session = f" (session {status['session']})" if status["session"] else ""
    facts = {
        status["name"]: f"{state}{session}, {'speaks, ' * status['speaking']}"
        f"{status['n_sessions']} sessions so far",
        "microphone": "muted" if status["muted"] else "on",
        "configuration": status["config_path"] or status["config"],
        "process": f"{status['pid']}, irene {status['version']}, "
        f"for {duration(status['uptime_s'])}",
        "serving": ", ".join(f"{kind} {name}" for kind, name in status["serving"].items()),
        "memory": _memory(status["memory"]),
        "last error": _last_error(status["last_error"]),
    }
    for label, fact in facts.items():
        yield f"{label.ljust(_LABEL_WIDTH)}  {fact}"


def provider_lines(providers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what `irene providers --live` prints."""
    rows = [
        (
            one["kind"],
            one["name"],
            "serves" if one["serves"] else "stands by",
            "loaded" if one["loaded"] else "not loaded",
        )
        for one in providers
    ]
    yield from columns(("kind", "name", "use", "engine"), rows)


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


def _memory(memory: Mapping[str, Any]) -> str:
    workers = f", {memory['workers_mb']:.0f} MB in workers" if memory["workers_mb"] else ""
    limit = f" of {memory['limit_mb']:.0f} MB" if memory["limit_mb"] else ""
    return f"{memory['used_mb']:.0f} MB{limit}{workers}"


def _last_error(error: Mapping[str, Any] | None) -> str:
    return "none" if error is None else f"{error['message']} ({error['code']}, {error['at']})"
