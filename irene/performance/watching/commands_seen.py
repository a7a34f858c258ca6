"""From the events of a run to what is kept of each command; never what was said."""

from __future__ import annotations

from dataclasses import dataclass

from irene.domain.clock import Clock
from irene.domain.events import Event, SessionEnded, SpeechEnded, Transcript
from irene.performance.store.rows import UtteranceRow

_MOST_OPEN = 64
"""sessions without an end that are remembered"""


@dataclass(slots=True)
class _Command:
    speech_s: float | None = None
    provider: str = ""
    rtf: float | None = None


class CommandsSeen:
    """Puts together what several events tell of one session."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[int, _Command] = {}

    def note(self, event: Event) -> UtteranceRow | None:
        """Take the next event; return the command that ends with it."""
        session = event.session
        if session is None or not isinstance(event, (SpeechEnded, Transcript, SessionEnded)):
            return None
        if isinstance(event, SessionEnded):
            return self._ended(session, event)
        command = self._open.setdefault(session, _Command())
        if isinstance(event, SpeechEnded):
            command.speech_s = event.end_s - event.start_s
        else:
            command.provider, command.rtf = event.provider, event.rtf
            if command.speech_s is None:
                command.speech_s = event.end_s - event.start_s
        while len(self._open) > _MOST_OPEN:
            del self._open[min(self._open)]
        return None

    def _ended(self, session: int, event: SessionEnded) -> UtteranceRow:
        command = self._open.pop(session, _Command())
        return UtteranceRow(
            session=session,
            at=self._clock.now().timestamp(),
            reason=event.reason,
            speech_s=command.speech_s,
            provider=command.provider,
            rtf=command.rtf,
            spans=event.spans,
        )
