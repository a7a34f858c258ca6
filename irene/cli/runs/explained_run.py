"""A run whose events are explained while they happen, and the answer that it must lead to."""

from __future__ import annotations

import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import click

from irene.cli.runs.event_printers import LinePrinter
from irene.cli.terminal.layout import wants_colour
from irene.config.sections import Config
from irene.domain import events
from irene.domain.events import Event
from irene.errors import CheckFailedError

_INDENT = " " * 24
_WIDTH = 96

_EXPLANATIONS: dict[type[Event], str] = {
    events.RunStarted: "The engines are loaded. Until the wake word comes, only the small model "
    "that knows it listens.",
    events.WakeWordDetected: "That model is sure. Audio from before this moment is kept, so "
    "that no word of the command is lost.",
    events.SpeechStarted: "The voice activity detector hears speech; recognition begins at once, "
    "while the person still speaks.",
    events.SpeechEnded: "A pause in the speech says that the command is over.",
    events.Transcript: "Only the last words were left to recognise.",
    events.IntentRecognized: "The words match a sentence template, and its handler is asked.",
    events.ResponseGiven: "The handler answers with a text.",
    events.SpeechSynthesized: "A voice turns the text into sound.",
    events.SessionEnded: "It waits for the wake word again.",
}


class Explainer(LinePrinter):
    """Prints events as lines, each kind explained once, and remembers the answer."""

    def __init__(self) -> None:
        super().__init__()
        self._colour_of_notes = wants_colour(sys.stdout)
        self._left = dict(_EXPLANATIONS)
        self.answer = ""
        """text of the last answer"""
        self.understood = False
        """whether an intent was recognised"""
        self.spoken = False
        """whether an answer became audio"""

    def show(self, event: Event) -> None:
        """Print one event and what it means."""
        super().show(event)
        self.understood |= isinstance(event, events.IntentRecognized)
        self.spoken |= isinstance(event, events.SpeechSynthesized)
        if isinstance(event, events.ResponseGiven):
            self.answer = event.text
        if note := self._left.pop(type(event), ""):
            text = textwrap.fill(note, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
            click.secho(text, dim=True, color=self._colour_of_notes)


@dataclass(frozen=True)
class Answer:
    """What the demonstration led to."""

    text: str
    path: Path | None
    """the WAV file; None when the configuration writes none"""


def require_answer(explainer: Explainer, config: Config) -> Answer:
    """Return the answer of a run that is over.

    Raises:
        CheckFailedError: nothing was understood, or the answer was not spoken.
    """
    if not explainer.understood:
        raise CheckFailedError("demo: the question was not understood; see `irene providers`")
    if config.tts.enabled and not explainer.spoken:
        raise CheckFailedError("demo: the answer was not spoken; see `irene providers`")
    return Answer(explainer.answer, _written_file(config))


def _written_file(config: Config) -> Path | None:
    table = config.outputs.providers.get(config.outputs.default_provider)
    path = getattr(table.options, "path", None) if table is not None else None
    return Path(path) if path and Path(path).is_file() else None
