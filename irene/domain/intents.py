"""What was meant and what is answered: intents and responses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SlotValue = str | int | float


@dataclass(frozen=True, slots=True)
class Intent:
    """A recognised intention with its slots."""

    name: str
    """such as `HassGetCurrentTime`"""
    text: str
    """the words it was recognised from"""
    language: str = "en"
    """BCP 47 tag"""
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    """named values found in the text"""
    confidence: float = 1.0
    """0 to 1; 1 is an exact template match"""
    response_template: str | None = None
    """the sentence file's own answer, where it gives one"""


@dataclass(frozen=True, slots=True)
class Response:
    """What the assistant answers."""

    text: str
    """written form; also what is spoken"""
    language: str = "en"
    """BCP 47 tag"""
