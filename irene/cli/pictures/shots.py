"""Which pictures there are."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from irene.cli.pictures.drawing import picture
from irene.cli.pictures.screen import lines_of, wrapped
from irene.cli.pictures.session import Home


@dataclass(frozen=True)
class Shot:
    """One picture: what a command shows on a terminal."""

    name: str
    """of the file, without its ending"""
    words: tuple[str, ...]
    """what comes after `irene`"""
    about: str
    """what there is to see, for those who cannot"""
    columns: int = 96
    """width of the terminal"""
    rows: int = 40
    """its height"""
    is_live: bool = False
    """whether an assistant runs meanwhile"""
    for_s: float | None = None
    """seconds after which Ctrl-C is pressed; None waits for the end"""

    @property
    def command(self) -> str:
        """The command line."""
        return f"irene {shlex.join(self.words)}"

    def drawn(self, home: Home) -> str:
        """Return the picture, made anew."""
        written = home.shown(self.words, self.columns, self.rows, self.for_s)
        lines = wrapped(lines_of(written), self.columns)
        return picture(self.command, lines, self.columns, self.about)


SHOTS = (
    Shot(
        "demo",
        ("demo", "--no-play"),
        "A recorded question on its way through the assistant: the wake word is heard, speech "
        "begins and ends, the transcript is there, the intent is found, the answer is spoken. "
        "Each step has its time in the recording and a sentence that says why.",
    ),
    Shot(
        "audio-plan",
        ("audio", "plan", "--config", "desktop", "--rate", "48000"),
        "A table of who is fed which audio: wake word, voice activity and recogniser share one "
        "conversion from 48000 to 16000 Hz, whose delay and work are named.",
        columns=112,
    ),
    Shot(
        "doctor",
        ("doctor", "--config", "demo"),
        "A line for each thing that was looked at, with ok, a warning and its cure, or what was "
        "not there to be looked at; at the end the engines tell what they heard.",
        columns=104,
    ),
    Shot(
        "performance-live",
        ("performance", "--live", "--interval", "1"),
        "A screen that follows a running assistant: percentiles of each stage of its answers with "
        "bars, memory, processor and threads as courses over time, caches, and providers.",
        rows=50,
        is_live=True,
        for_s=12.0,
    ),
    Shot(
        "providers-live",
        ("providers", "--live"),
        "Each provider of a running assistant with its calls, its times and its state; two "
        "recognisers take turns.",
        columns=116,
        is_live=True,
    ),
)
"""every picture of the documentation"""
