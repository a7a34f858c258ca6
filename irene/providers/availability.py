"""Whether a provider can be used, and what would cure it if not."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Availability:
    """Ready, or what is missing and the command that cures it."""

    ready: bool
    missing: str = ""
    """what is not there; empty when ready"""
    cure: str = ""
    """the command or setting that makes it ready; empty when ready"""
    is_model: bool = False
    """whether it is the model that is missing, not the engine"""

    def __str__(self) -> str:
        return "ready" if self.ready else f"{self.missing}; {self.cure}"


READY = Availability(True)
"""Nothing is missing."""


def answered(answer: object) -> Availability:
    """Return what an author's `_check` answered.

    Raises:
        TypeError: it is something else than an `Availability`, such as True.
    """
    if isinstance(answer, Availability):
        return answer
    raise TypeError(
        f"_check returned {answer!r}, not an Availability; return READY, or what `needs_package`"
        " returns"
    )


def needs_package(module: str, extra: str) -> Availability:
    """Return READY when `module` can be found (without importing it), else the pip command.

    Args:
        module: top-level import name of the engine, such as `vosk`.
        extra: name of the irene-voice extra (or of the distribution) that brings it.
    """
    if importlib.util.find_spec(module.partition(".")[0]) is not None:
        return READY
    return Availability(
        False, f"package {module!r} is not installed", f'pip install "irene-voice[{extra}]"'
    )


@dataclass(frozen=True, slots=True)
class Licence:
    """SPDX licence names of an engine and of the models that it uses by default."""

    engine: str
    models: str = ""
    """empty when the engine has no models"""

    def __str__(self) -> str:
        return f"{self.engine}; models {self.models}" if self.models else self.engine
