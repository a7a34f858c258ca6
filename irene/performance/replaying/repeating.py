"""Repeating a recorded session: the real assistant hears the recording on the recorded clock."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path

from irene.config.portable import render_portable
from irene.config.toml_text import format_value
from irene.domain.events import (
    Event,
    IntentNotRecognized,
    IntentRecognized,
    MicrophoneMuted,
    MicrophoneUnmuted,
    SessionEnded,
    SpeechEnded,
    Transcript,
)
from irene.performance.replaying.differences import Pair, paired
from irene.performance.replaying.pace import Anchor, AnswerTimes, RecordedClock, RecordedPace
from irene.performance.replaying.recorded_answers import RecordedAnswers
from irene.performance.replaying.remarks import remarks_of
from irene.performance.replaying.sources import (
    Chosen,
    OtherConfig,
    other_source,
    recorded_source,
)
from irene.performance.replaying.stage import (
    RecordedStream,
    StageRegistry,
    recorded_input,
    stage_settings,
    timed_output,
)
from irene.performance.replaying.turns import Turn, announced, n_compared, turns_of
from irene.pipeline.assistant import Assistant
from irene.pipeline.recording.facts import digest_of
from irene.pipeline.recording.reading import Recording
from irene.pipeline.surroundings import Surroundings
from irene.pipeline.typed import TypedAssistant
from irene.plugin.registry import ComponentRegistry


@dataclass(frozen=True)
class Repeated:
    """A recording and what its repetition came to."""

    recording: Recording
    config_name: str
    """what it was repeated with"""
    is_same_config: bool
    """whether that is the configuration of the recording"""
    events: tuple[Event, ...]
    """everything that happened in the repetition"""
    pairs: tuple[Pair, ...]
    """its turns beside those of the recording"""
    announcements: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """what was announced then, and now"""
    remarks: tuple[str, ...] = field(default=())
    """one line each: what could not be repeated, or is not the same here"""

    @property
    def is_same(self) -> bool:
        """Whether everything that is compared is the same."""
        before, after = self.announcements
        return before == after and all(pair.is_alike for pair in self.pairs)

    @property
    def n_events(self) -> int:
        """Events of the recording that were compared."""
        return n_compared(self.recording.events)

    @property
    def turns(self) -> list[Turn]:
        """The turns of the repetition."""
        return [pair.after for pair in self.pairs if pair.after is not None]


def repeat(
    recording: Recording,
    other: OtherConfig | None = None,
    overrides: tuple[str, ...] = (),
    is_trusted: bool = False,
    registry: ComponentRegistry | None = None,
) -> Repeated:
    """Repeat a recording, as fast as this machine can.

    Args:
        recording: what was heard, or typed.
        other: the configuration to repeat it with; None takes that of the recording.
        overrides: `SECTION.KEY=VALUE`, on top of the recorded configuration.
        is_trusted: whether programs that the recorded configuration names may be started.
        registry: the providers that there are; None takes the installed ones.

    Raises:
        ConfigurationError: the configuration does not work here.
        ProviderUnavailableError: something that it needs is missing here.
        IreneError: the repetition failed.
    """
    folder = Path(tempfile.mkdtemp(prefix="irene-replay-"))
    try:
        if other is not None:
            chosen, name = other_source(other), other.name
        else:
            chosen = recorded_source(recording, folder, overrides, is_trusted)
            name = " ".join(("the recorded configuration", *overrides))
        return asyncio.run(_Repetition(recording, chosen, folder, registry).run(name))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Repetition:
    """One repetition, with everything that it needs."""

    def __init__(
        self,
        recording: Recording,
        chosen: Chosen,
        folder: Path,
        registry: ComponentRegistry | None,
    ) -> None:
        self._recording = recording
        self._pace = RecordedPace(times_of(recording))
        self._answers = RecordedAnswers(recording)
        installed = registry or chosen.registry()
        plain = chosen.load(installed)
        self._is_same = digest_of(render_portable(plain)) == recording.config_digest
        self._is_same |= isinstance(chosen.source, dict) and not chosen.overrides
        self._registry = StageRegistry(installed, self._answers)
        self._stream: RecordedStream | None = None
        is_timed = recording.pace == "live" and bool(recording.facts.get("plays"))
        clock = self._clock = RecordedClock(self._pace, anchors_of(recording))
        if recording.audio is not None:
            self._stream = RecordedStream(recording, self._pace, clock)
            self._registry.offer(recorded_input(self._stream))
        self._registry.offer(timed_output(self._pace if is_timed else None))
        stage = stage_settings(str(folder / "state"), recording.audio is not None)
        overrides = (f"{key}={format_value(value)}" for key, value in stage.items())
        self._config = chosen.load(self._registry, *overrides)

    async def run(self, name: str) -> Repeated:
        recording, start_s = self._recording, self._recording.start_s
        events = await (self._type() if self._stream is None else self._hear(self._stream))
        is_typed = recording.pace == "typed"
        pairs = paired(turns_of(recording.events, start_s), turns_of(events), is_typed)
        said = tuple(announced(recording.events)), tuple(announced(events))
        repeated = Repeated(
            recording, name, self._is_same, tuple(events), tuple(pairs), announcements=said
        )
        told = None if repeated.is_same else events
        remarks = remarks_of(recording, self._config, self._answers, told)
        return replace(repeated, remarks=tuple(remarks))

    async def _hear(self, stream: RecordedStream) -> list[Event]:
        surroundings = Surroundings(self._clock)
        if self._recording.pace == "live":
            plays = bool(self._recording.facts.get("plays"))
            surroundings = Surroundings(self._clock, self._pace.hold, plays, self._pace.ready)
        assistant = Assistant(self._config, self._registry, surroundings=surroundings)
        if self._recording.facts.get("muted"):
            assistant.mute()
        switches = _switches(self._recording)

        def switch(position_s: float) -> None:
            while switches and switches[0][0] <= position_s:
                _, is_on = switches.pop(0)
                (assistant.mute if is_on else assistant.unmute)()

        stream.on_position = switch
        async with assistant:
            return [event async for event in assistant.run()]

    async def _type(self) -> list[Event]:
        events: list[Event] = []
        clock = _TypedClock(self._pace, anchors_of(self._recording))
        typed = TypedAssistant(self._config, self._registry, events.append, clock)
        async with typed:
            for number, request in enumerate(self._recording.requests):
                self._pace.go_on(float(number))
                clock.wake(float(number))
                await typed.ask(request.text)
        return events


class _TypedClock(RecordedClock):
    """The clock of requests in writing: it goes on from one to the next."""

    def monotonic(self) -> float:
        """Seconds since 1970."""
        return self.now().timestamp()


def anchors_of(recording: Recording) -> list[Anchor]:
    """Return the times of day of a recording: at its beginning, and where something was answered.

    There, it is the time at which that was understood, so "what time is it" has the same answer.
    """
    if recording.pace == "typed":
        return [(float(i), one.at) for i, one in enumerate(recording.requests)] or [
            (0.0, recording.began)
        ]
    anchors: list[Anchor] = [(0.0, recording.began)]
    known: dict[int | None, float] = {}
    for event, at in zip(recording.events, recording.at, strict=True):
        if isinstance(event, Transcript):
            known[event.session] = event.time_s
        elif isinstance(event, (IntentRecognized, IntentNotRecognized)):
            place_s = known.get(event.session, event.time_s) - recording.start_s
            anchors.append((max(place_s, anchors[-1][0]), at))
    return anchors


def times_of(recording: Recording) -> list[AnswerTimes]:
    """Return when each utterance of a recording was answered."""
    events, start_s = recording.events, recording.start_s
    ready = {one.session: one.time_s for one in events if isinstance(one, Transcript)}
    ends = [one for one in events if isinstance(one, SessionEnded)]
    ended = {one.session: one.time_s for one in ends if one.reason != "interrupted"}
    return [
        AnswerTimes(
            decided_s=event.time_s - start_s,
            ready_s=ready.get(event.session, event.time_s) - start_s,
            end_s=ended.get(event.session, inf) - start_s,
        )
        for event in events
        if isinstance(event, SpeechEnded)
    ]


def _switches(recording: Recording) -> list[tuple[float, bool]]:
    """Return when the microphone was muted (True) and heard again, from the beginning on."""
    told: Sequence[Event] = recording.events
    return [
        (event.time_s - recording.start_s, isinstance(event, MicrophoneMuted))
        for event in told
        if isinstance(event, (MicrophoneMuted, MicrophoneUnmuted))
    ]
