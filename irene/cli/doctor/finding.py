"""What an examination found, and in which words people are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warning", "error"]
"""An error keeps the assistant from working; a warning makes it worse; a note is only told."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    topic: str
    """what it belongs to, such as `models`"""
    level: Level
    """how bad it is"""
    text: str
    """what was found, one line"""
    cure: str = ""
    """command or setting that helps; empty where nothing has to be done"""


@dataclass(frozen=True)
class Topic:
    """Takes notes of one subject, so that what looks at it does not repeat its name."""

    name: str
    """what its findings belong to"""

    def ok(self, text: str) -> Finding:
        """Return a finding that is as it should be."""
        return Finding(self.name, "ok", text)

    def note(self, text: str, cure: str = "") -> Finding:
        """Return a finding that is neither good nor bad."""
        return Finding(self.name, "note", text, cure)

    def warning(self, text: str, cure: str) -> Finding:
        """Return a finding that makes the assistant worse."""
        return Finding(self.name, "warning", text, cure)

    def error(self, text: str, cure: str) -> Finding:
        """Return a finding that keeps the assistant from working."""
        return Finding(self.name, "error", text, cure)


def split_cure(message: str) -> tuple[str, str]:
    """Return what a message of irene says, and the cure behind its last semicolon."""
    text, _, cure = message.rpartition("; ")
    return (text, cure) if text else (message, "")


def at_least_one(findings: Iterable[Finding], otherwise: Finding) -> Iterator[Finding]:
    """Yield the findings, or the one that says that there was none."""
    is_any = False
    for finding in findings:
        is_any = True
        yield finding
    if not is_any:
        yield otherwise
