"""What came of reading a configuration again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ReloadReport:
    """The keys that changed, or the reasons why everything stays as it was."""

    changed: tuple[str, ...] = ()
    """dotted keys that are in force now, or from the next utterance on"""
    restart: tuple[str, ...] = ()
    """dotted keys that differ and wait for the next start"""
    problems: tuple[str, ...] = ()
    """why the configuration was refused, a line each"""

    @property
    def refused(self) -> bool:
        """Whether the assistant goes on with the configuration that it had."""
        return bool(self.problems)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON knows it."""
        return {"refused": self.refused, **asdict(self)}
