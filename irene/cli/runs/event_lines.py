"""Events as lines for people: audio time, what happened, and the facts that matter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import click

from irene.domain import events
from irene.domain.events import Event, ProviderFailed, RunStarted
from irene.domain.kinds import Kind

_LABEL_WIDTH = 12
_IMPLIED_KINDS = (Kind.ECHO_CANCELLATION, Kind.RESAMPLING, Kind.INTENT_RECOGNITION)
"""kinds that serve the others: nobody waits to hear of them"""


class _Line(NamedTuple):
    """How one kind of event is written."""

    label: str
    colour: str | None
    facts: Callable[[Any], str]


def event_line(event: Event) -> str:
    """Return one line: audio time in seconds, what happened, and the facts; styled for a terminal.

    Events that are unknown here are written with their public name and all their fields.
    """
    line = _LINES.get(type(event)) or _Line(event.event, None, _fields)
    label = click.style(
        line.label.ljust(_LABEL_WIDTH), fg=line.colour, bold=line.colour is None or None
    )
    return f"{event.time_s:8.2f}  {label}  {line.facts(event)}".rstrip()


def event_text(event: Event) -> str:
    """Return what happened and the facts, without time and style."""
    line = _LINES.get(type(event)) or _Line(event.event, None, _fields)
    return f"{line.label}: {line.facts(event)}"


def failure(event: ProviderFailed) -> str:
    """Return who failed and why, also where the reason names the provider itself."""
    head = f"{event.kind} provider {event.provider!r}"
    named = re.match(rf"({event.kind} provider|intent handler) '[^']*'(?=[: ])", event.reason)
    return head + event.reason[named.end() :] if named else f"{head}: {event.reason}"


def _fields(event: Event) -> str:
    facts = list(event.to_dict().items())[3:]
    return ", ".join(f"{name} {value}" for name, value in facts)


def _ready(event: RunStarted) -> str:
    told = (name for kind, name in event.providers.items() if kind not in _IMPLIED_KINDS)
    return f"{event.config}: {', '.join(dict.fromkeys(told))}"


def _wake_word(event: events.WakeWordDetected) -> str:
    return f"{event.wake_word}, score {event.score:.2f} ({event.provider})"


def _stop_word(event: events.StopWordDetected) -> str:
    return f"{event.stop_word}, score {event.score:.2f} ({event.provider})"


def _transcript(event: events.Transcript) -> str:
    return f'"{event.text}" ({event.provider}, {event.latency_ms:.0f} ms after the end of speech)'


def _language(event: events.LanguageIdentified) -> str:
    if not event.provider:
        return f"not identified; taken for {event.language}"
    heard = f"{event.heard} {event.probability:.2f}" if event.heard else "no opinion"
    taken = "" if event.heard == event.language else f", taken for {event.language}"
    return f"{heard}{taken} ({event.provider})"


def _language_changed(event: events.LanguageChanged) -> str:
    return f"{event.language} is spoken now, {event.before} was before"


def _intent(event: events.IntentRecognized) -> str:
    slots = "".join(f", {name} = {value}" for name, value in event.slots.items())
    return f"{event.intent}{slots}"


def _follow_up(event: events.FollowUpStarted) -> str:
    asked = f", asked for {event.asks}" if event.asks else ""
    return f"no wake word needed for {event.timeout_s:g} s{asked}"


def _awaited(event: events.InputAwaited) -> str:
    return f"input {event.provider!r} has brought no audio yet; the engines are loaded"


def _spoken(event: events.SpeechSynthesized) -> str:
    origin = "from the phrase cache" if event.cached else f"by {event.provider}"
    return f"{event.seconds:.1f} s {origin}"


def _switched(event: events.ProviderSwitched) -> str:
    return f"{event.kind}: {event.to} instead of {event.from_}"  # the failure was told before


def _circuit(event: events.CircuitChanged) -> str:
    provider = f"{event.kind} provider {event.provider!r}"
    if event.after == "open":
        return f"{provider} is left alone for {event.open_s:.1f} s: {event.reason}"
    is_tried = event.after == "half_open"
    return f"{provider} is being tried" if is_tried else f"{provider} is used again"


def _abandoned(event: events.CallAbandoned) -> str:
    return (
        f"{event.kind} provider {event.provider!r} does not come back from `{event.call}`; "
        f"threads that hang like this: {event.abandoned}"
    )


def _late(event: events.LateResult) -> str:
    return f"{event.kind} provider {event.provider!r} answered after {event.seconds:.1f} s"


def _kept(event: events.UtteranceKept) -> str:
    return f"{event.seconds:.1f} s of speech in {event.path}; see `irene transcribe --pending`"


def _hedged(event: events.UtteranceHedged) -> str:
    return f"{event.second} as well: {event.provider} has taken {event.seconds:.1f} s"


def _memory(event: events.MemoryPressure) -> str:
    used = f"{event.used_mb:.0f} of {event.limit_mb:.0f} MB in use"
    if event.freed_mb:
        used += f", {event.freed_mb:.0f} MB freed"
    return f"{used}; caches may keep {event.share:.0%} of their size"


def _models(event: events.ModelsUnloaded) -> str:
    if not event.unloaded:
        return f"{event.excess_mb:.0f} MB beyond the budget for {event.model}: all are at work"
    line = f"{', '.join(event.unloaded)} unloaded ({event.freed_mb:.0f} MB) for {event.model}"
    return f"{line}; {event.excess_mb:.0f} MB beyond the budget" if event.excess_mb else line


def _stream_wake_word(event: events.StreamWakeWordDetected) -> str:
    return f"{event.wake_word} in {event.stream}, score {event.score:.2f} ({event.provider})"


def _overloaded(event: events.Overloaded) -> str:
    return (
        f"{event.late_s:.1f} s late; {event.set_aside} of {event.streams} streams with sound are "
        "not heard for now"
    )


def _overload_ended(event: events.OverloadEnded) -> str:
    return f"after {event.seconds:.1f} s; {event.skipped_s:.1f} s of audio were not heard"


def _worker(event: events.WorkerDied | events.WorkerRestarted | events.WorkerQuarantined) -> str:
    return f"{event.kind} provider {event.provider!r}, process {event.worker}"


def _worker_died(event: events.WorkerDied) -> str:
    return f"{_worker(event)}: {event.reason.removeprefix('its process ')}"


def _worker_restarted(event: events.WorkerRestarted) -> str:
    return f"{_worker(event)}, after {event.seconds:.1f} s"


def _worker_quarantined(event: events.WorkerQuarantined) -> str:
    return f"{_worker(event)}: died {event.deaths} times, left alone for {event.seconds:.0f} s"


def _session(event: events.SessionEnded) -> str:
    total_ms = event.spans.get("duration_ms")
    took = f" ({total_ms:.0f} ms of processing)" if total_ms is not None else ""
    return f"{event.reason.replace('_', ' ')}{took}"


def _reloaded(event: events.ConfigurationReloaded) -> str:
    changed = ", ".join(event.changed) or "nothing has changed"
    waiting = f"; after a restart: {', '.join(event.restart)}" if event.restart else ""
    return changed + waiting


def _partial(event: events.TranscriptPartial) -> str:
    """Return the text; a bar stands between what stays and what may be revised."""
    stable, rest = event.text[: event.stable], event.text[event.stable :]
    return f'"{stable} |{rest}" ...' if stable and rest else f'"{event.text}" ...'


def _refused(event: events.ConfigurationRefused) -> str:
    return f"the configuration stays as it was: {'; '.join(event.problems)}"


def alert(event: events.AlertRaised) -> str:
    """Return what an alert is about."""
    measured = _measured(event.value, event.unit)
    allowed = _measured(event.threshold, event.unit)
    return f"{event.alert}: {event.statistic} of {event.metric} is {measured}, limit {allowed}"


def alert_over(event: events.AlertCleared) -> str:
    """Return how an alert ended."""
    now = "" if event.value is None else f", now {_measured(event.value, event.unit)}"
    return f"{event.alert}: over after {event.seconds:.0f} s{now} ({event.metric})"


def proposal(event: events.SettingsProposed) -> str:
    """Return what was proposed."""
    return f"{'; '.join(event.proposals)} (see `irene optimize`)"


def _measured(value: float, unit: str) -> str:
    """Return a figure in a unit that people read: milliseconds, megabytes, percent."""
    scale, shown = {"seconds": (1e3, " ms"), "bytes": (1e-6, " MB"), "ratio": (100, " %")}.get(
        unit, (1, "")
    )
    return f"{value * scale:.4g}{shown}"


_LINES: dict[type[Event], _Line] = {
    events.InputAwaited: _Line("waiting", "yellow", _awaited),
    RunStarted: _Line("ready", "green", _ready),
    events.WakeWordDetected: _Line("wake word", "cyan", _wake_word),
    events.StopWordDetected: _Line("stop word", "cyan", _stop_word),
    events.SpeechStarted: _Line("speech", None, lambda e: f"from {e.start_s:.2f} s"),
    events.SpeechEnded: _Line("silence", None, lambda e: f"speech ended at {e.end_s:.2f} s"),
    events.TranscriptPartial: _Line("hearing", "bright_black", _partial),
    events.Transcript: _Line("transcript", "cyan", _transcript),
    events.IntentRecognized: _Line("intent", None, _intent),
    events.IntentNotRecognized: _Line("no intent", "yellow", lambda e: f'fits "{e.text}"'),
    events.ResponsePartial: _Line("answering", "green", lambda e: f"{e.text} ..."),
    events.AnnouncementMade: _Line("announces", "green", lambda e: str(e.text)),
    events.FollowUpStarted: _Line("your turn", "cyan", _follow_up),
    events.ResponseGiven: _Line("answer", "green", lambda e: str(e.text)),
    events.SpeechSynthesized: _Line("spoken", None, _spoken),
    ProviderFailed: _Line("failed", "red", failure),
    events.ProviderSwitched: _Line("switched", "yellow", _switched),
    events.AudioDropped: _Line("lost audio", "red", lambda e: f"{e.seconds:.2f} s: {e.reason}"),
    events.DeviceLost: _Line("device lost", "red", lambda e: f"{e.device}: {e.reason}"),
    events.DeviceRecovered: _Line(
        "device back", "green", lambda e: f"{e.device}, after {e.seconds:.1f} s"
    ),
    events.MemoryPressure: _Line("memory", "yellow", _memory),
    events.ModelsUnloaded: _Line("memory", "yellow", _models),
    events.AlertRaised: _Line("ALERT", "red", alert),
    events.AlertCleared: _Line("alert over", "green", alert_over),
    events.SettingsProposed: _Line("proposal", "cyan", proposal),
    events.StreamWakeWordDetected: _Line("wake word", "cyan", _stream_wake_word),
    events.Overloaded: _Line("overloaded", "red", _overloaded),
    events.OverloadEnded: _Line("load is over", "green", _overload_ended),
    events.CircuitChanged: _Line("circuit", "yellow", _circuit),
    events.MicrophoneMuted: _Line("muted", "yellow", lambda e: "nothing is heard until `unmute`"),
    events.MicrophoneUnmuted: _Line("unmuted", "green", lambda e: f"after {e.seconds:.1f} s"),
    events.ConfigurationReloaded: _Line("reloaded", "green", _reloaded),
    events.ConfigurationRefused: _Line("refused", "red", _refused),
    events.CallAbandoned: _Line("hangs", "red", _abandoned),
    events.LateResult: _Line("too late", "yellow", _late),
    events.UtteranceKept: _Line("kept", "yellow", _kept),
    events.LanguageIdentified: _Line("language", None, _language),
    events.LanguageChanged: _Line("language", "cyan", _language_changed),
    events.UtteranceHedged: _Line("asked", "yellow", _hedged),
    events.WorkerDied: _Line("died", "red", _worker_died),
    events.WorkerRestarted: _Line("restarted", "green", _worker_restarted),
    events.WorkerQuarantined: _Line("quarantined", "red", _worker_quarantined),
    events.SessionEnded: _Line("session over", "bright_black", _session),
    events.RunEnded: _Line("run over", "bright_black", lambda e: e.reason.replace("_", " ")),
}
