"""The flight recorder of one assistant: decides what is kept, and hands it on at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import numpy as np

from irene.config.sections import Config, RecorderSection
from irene.domain.audio import AudioChunk, AudioFormat, Samples
from irene.domain.clock import Clock
from irene.domain.events import (
    ErrorRaised,
    Event,
    MicrophoneMuted,
    MicrophoneUnmuted,
    RunEnded,
    RunStarted,
    SessionEnded,
)
from irene.pipeline.recording.items import Begin, End, Happening, Piece, Typed
from irene.pipeline.recording.layout import Pace
from irene.pipeline.recording.place import recordings_folder
from irene.pipeline.recording.rotation import Limits
from irene.pipeline.recording.writer import RecordingWriter
from irene.plugin.registry import ComponentRegistry

AFTER_S = 1.0
"""audio after a session that is kept with it; what follows is kept as well when the next session
begins so soon that the moments before it are these"""
LONGEST_S = 600.0
"""length from which on a recording ends as soon as nobody talks to the assistant"""
ALIGNED_S = 0.48
"""recordings begin at multiples of it in the run: windows of 10, 20, 30, 32 and 80 ms then lie in
the recording as they lay in the run, so engines hear the same in them"""
_MOST_EVENTS = 100
"""events before a session that may be kept with it"""


class FlightRecorder:
    """Keeps the sessions of an assistant, with the moments before; may be used from any thread.

    It takes every event and all audio, and keeps what belongs together: a recording begins with the
    first event of a session, a little earlier in the audio, and ends when nobody talks to the
    assistant any more. Nothing waits for it: a disk is written to on a thread of its own. While the
    microphone is muted, silence is kept.
    """

    def __init__(
        self,
        config: Config,
        registry: ComponentRegistry,
        clock: Clock,
        report: Callable[[str], None],
    ) -> None:
        """`report` takes a line when something cannot be kept; on a thread of the recorder's."""
        self._registry = registry
        self._clock = clock
        self._report = report
        self._lock = threading.Lock()
        self._writer: RecordingWriter | None = None
        self._pace: Pace = "typed"
        self._plays = False
        self._audio: AudioFormat | None = None
        self._providers: Mapping[str, str] = {}
        self._is_muted = False
        self._before: deque[Piece] = deque()
        self._events: deque[Happening] = deque(maxlen=_MOST_EVENTS)
        self._open: set[int] = set()
        self._ended: set[int] = set()
        self._is_recording = False
        self._began_s = 0.0
        self._quiet_s = self._ended_s = 0.0
        self._heard = self._due = 0
        self._answered: datetime | None = None
        self.is_on = False
        """whether anything is kept"""
        self._take(config)

    def renew(self, config: Config) -> None:
        """Go by another configuration: what is recorded by the one before ends."""
        with self._lock:
            self._end("reloaded")
            before = self._section
            writer = self._writer
            self._take(config)
            if before == self._section:
                self._writer = writer
        if writer is not self._writer and writer is not None:
            writer.close(wait_s=0.0)

    def begin_run(self, audio: AudioFormat, pace: Pace, plays: bool) -> None:
        """Begin at audio time 0 of an input of this form; before that, everything is typed.

        `plays` says whether answers take time, as they do for whoever hears them.
        """
        with self._lock:
            self._audio, self._pace, self._plays = audio, pace, plays
            self._before.clear()
            self._events.clear()
            self._open.clear()
            self._ended.clear()
            self._heard = 0
            self._answered = None

    def hear(self, chunk: AudioChunk, is_muted: bool = False) -> None:
        """Take the next audio as the input brought it; for the capture thread. It is copied."""
        samples = np.zeros_like(chunk.samples) if is_muted else chunk.samples.copy()
        rate = chunk.sample_rate
        piece = Piece(round(chunk.start_s * rate), samples, rate)
        with self._lock:
            self._heard = piece.first_sample + piece.n_samples
            self._remember(piece)
            if self._is_recording:
                self._go_on(chunk.end_s)
            elif self._section.keep == "everything" and self.is_on:
                self._begin(chunk.start_s)

    def note(self, event: Event) -> None:
        """Take an event; it is never waited for, so whoever emits may hold locks."""
        happening = Happening(event, self._clock.now())
        with self._lock:
            self._follow(event)
            if not self._is_recording and self._begins_with(event):
                self._events.append(happening)
                self._begin(event.time_s)
            elif self._is_recording:
                self._put(happening)
            else:
                self._events.append(happening)
            self._follow_sessions(happening)
            if isinstance(event, RunEnded):
                self._end(event.reason)

    def typed(self, session: int, time_s: float, text: str) -> None:
        """Take a request in writing, before its first event."""
        with self._lock:
            if self._is_recording and not self._open and time_s - self._began_s > LONGEST_S:
                self._end("long")
            if not self._is_recording and self.is_on:
                self._begin(time_s)
            self._put(Typed(session, time_s, text, self._clock.now()))

    def close(self) -> None:
        """Write what waits; blocks, but not for long."""
        with self._lock:
            self._end("stopped")
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _take(self, config: Config) -> None:
        self._config = config
        self._section: RecorderSection = config.recorder
        self.is_on = self._section.enabled
        self._before.clear()
        self._writer = None

    def _remember(self, piece: Piece) -> None:
        """Keep what would be the moments before a session."""
        before = self._before
        before.append(piece)
        oldest = self._heard - round((self._section.before_s + ALIGNED_S) * piece.sample_rate)
        while before[0].first_sample + before[0].n_samples <= oldest:
            before.popleft()

    def _follow(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._providers = event.providers
        elif isinstance(event, (MicrophoneMuted, MicrophoneUnmuted)):
            self._is_muted = isinstance(event, MicrophoneMuted)

    def _begins_with(self, event: Event) -> bool:
        """Whether a recording begins with an event: somebody talks to it, or something is wrong."""
        if not self.is_on or self._audio is None:
            return False
        begins = event.session is not None and not isinstance(event, SessionEnded)
        return begins or isinstance(event, ErrorRaised)

    def _follow_sessions(self, happening: Happening) -> None:
        event = happening.event
        if event.session is None:
            self._quiet_s = event.time_s if isinstance(event, ErrorRaised) else self._quiet_s
        elif isinstance(event, SessionEnded):
            self._open.discard(event.session)
            self._ended.add(event.session)
            self._quiet_s = self._ended_s = event.time_s
            self._answered = happening.at
        elif event.session not in self._ended:
            self._open.add(event.session)

    def _begin(self, now_s: float) -> None:
        """Begin a recording with the audio of the moments before."""
        pieces = self._aligned()
        rate = self._audio.sample_rate if self._audio is not None else 1
        first = pieces[0].first_sample if pieces else self._heard
        at = self._clock.now()
        since = None if self._answered is None else (at - self._answered).total_seconds()
        if self._pace == "live":  # else audio comes faster than time goes
            at -= timedelta(seconds=(self._heard - first) / rate)
        self._began_s = first / rate if self._audio is not None else now_s
        self._quiet_s = now_s
        self._is_recording = True
        self._put(
            Begin(
                at=at,
                pace=self._pace,
                config=self._config,
                registry=self._registry,
                audio=self._audio,
                first_sample=first,
                providers=self._providers,
                plays=self._plays,
                is_muted=self._is_muted,
                since_answer_s=since,
            )
        )
        for piece in pieces:
            self._put(piece)
        self._due = self._heard
        for happening in self._events:
            if happening.event.time_s >= self._began_s:
                self._put(happening)
        self._events.clear()

    def _aligned(self) -> list[Piece]:
        """Return the moments before, from a multiple of `ALIGNED_S` in the run on.

        What belongs to a session before is not among them: it would be heard as another one.
        """
        pieces = list(self._before)
        if not pieces:
            return []
        rate = pieces[0].sample_rate
        step = max(1, round(ALIGNED_S * rate))
        earliest = max(pieces[0].first_sample, round(self._ended_s * rate))
        first = -(-earliest // step) * step
        while pieces and pieces[0].first_sample + pieces[0].n_samples <= first:
            pieces.pop(0)
        if pieces and pieces[0].first_sample < first:
            samples: Samples = pieces[0].samples[first - pieces[0].first_sample :]
            pieces[0] = Piece(first, samples, rate)
        return pieces

    def _go_on(self, now_s: float) -> None:
        """Put the newest audio, or hold it back, or end: nobody may talk to the assistant now."""
        length_s, quiet_s = now_s - self._began_s, now_s - self._quiet_s
        keeps_all = self._section.keep == "everything"
        is_open = bool(self._open) and length_s < 2 * LONGEST_S
        if is_open or keeps_all or quiet_s < AFTER_S:
            self._put_audio()
        if is_open:
            return
        if length_s > LONGEST_S:
            self._end("long")
        elif not keeps_all and quiet_s >= max(AFTER_S, self._section.before_s):
            self._end("quiet")

    def _put_audio(self) -> None:
        """Put everything that has not been put."""
        newer = []
        for piece in reversed(self._before):
            if piece.first_sample < self._due:
                break
            newer.append(piece)
        for piece in reversed(newer):
            self._put(piece)
            self._due = piece.first_sample + piece.n_samples

    def _end(self, reason: str) -> None:
        if self._is_recording:
            self._put(End(reason))
            self._is_recording = False
            self._ended.clear()

    def _put(self, item: Begin | Piece | Happening | Typed | End) -> None:
        if self._writer is None:
            folder = recordings_folder(self._config)
            limits = Limits.of(self._section)
            self._writer = RecordingWriter(folder, limits, self._clock, self._report)
        self._writer.put(item)
