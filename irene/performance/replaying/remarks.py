"""What a repetition cannot repeat, or does on another ground, one line each."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Iterator

import irene
from irene.config.sections import Config
from irene.domain.events import ErrorRaised, Event, ProviderFailed, SessionEnded
from irene.performance.replaying.recorded_answers import RecordedAnswers
from irene.performance.replaying.sources import masked_keys
from irene.pipeline.recording.reading import Recording


def remarks_of(
    recording: Recording, config: Config, answers: RecordedAnswers, events: Iterable[Event] | None
) -> Iterator[str]:
    """Yield the remarks on a repetition; `events` are its own where something differs."""
    facts = recording.facts
    if not recording.is_finished:
        yield "the recording has no end: its assistant was killed, or records on"
    lost_s = float((facts.get("not_kept") or {}).get("audio_s", 0.0))
    if lost_s:
        yield f"{lost_s:.1f} s of audio were not recorded: the disk was too slow"
    for handler, times in answers.recited.items():
        yield (
            f"handler {handler!r} was not asked again, it works outside of the assistant: "
            f"{times} recorded {'answer' if times == 1 else 'answers'} repeated"
        )
    for handler in answers.missing:
        yield f"handler {handler!r} was not asked: nothing is recorded of what it would say"
    if events is not None:
        yield from _failures(recording.events, events)
        yield from _grounds(recording, config)


def _failures(before: Iterable[Event], after: Iterable[Event]) -> Iterator[str]:
    """Yield what failed in the repetition, and did not in the recording."""
    known = {one.provider for one in before if isinstance(one, ProviderFailed)}
    failed = [one for one in after if isinstance(one, ProviderFailed)]
    yield from (one.reason for one in failed if one.provider not in known)
    messages = {one.message for one in before if isinstance(one, ErrorRaised)}
    errors = [one.message for one in after if isinstance(one, ErrorRaised)]
    yield from (message for message in dict.fromkeys(errors) if message not in messages)


def _grounds(recording: Recording, config: Config) -> Iterator[str]:
    """Yield what may be behind a difference, beside the configuration."""
    if recording.pace == "live" and config.audio.echo == "cancel":
        yield "its own voice is removed from what it hears as far as that is known: not its delay"
    since_s = recording.facts.get("since_answer_s")
    timeout_s = config.assistant.conversation_timeout_ms / 1000
    if since_s is not None and since_s < timeout_s:
        yield f"{since_s:.0f} s before it was another session that may have been referred to"
    for name, then, now in _other_versions(recording):
        yield f"recorded with {name} {then}, repeated with {now}"
    for key in masked_keys(recording):
        yield f"{key} is not in the recording, and not known here: it is, or may be, secret"
    if any(isinstance(one, SessionEnded) for one in recording.events):
        yield "timers, lists and the like begin empty: what was kept from before is not recorded"


def _other_versions(recording: Recording) -> Iterator[tuple[str, str, str]]:
    versions = recording.facts.get("versions") or {}
    then = str(versions.get("irene", ""))
    if then and then != irene.__version__:
        yield "irene", then, irene.__version__
    for name, version in (versions.get("packages") or {}).items():
        if name == "irene-voice":
            continue
        try:
            here = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            here = "none"
        if here != version:
            yield name, version, here
