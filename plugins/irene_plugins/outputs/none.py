"""Output `none`: answers are not played."""

from __future__ import annotations

from typing import Any, ClassVar

from irene import NoOptions, Output, OutputStream, Samples, hookimpl


class SilentStream(OutputStream):
    """An answer that nobody hears; it takes no time."""

    def write(self, samples: Samples) -> None:
        """Forget the samples."""

    def finish(self) -> None:
        """Return at once."""

    def abort(self) -> None:
        """Return at once."""


class NoOutput(Output[NoOptions]):
    """Forgets every answer at once: for transcription, tests and machines without sound."""

    name: ClassVar[str] = "none"
    summary: ClassVar[str] = "answers are not played"

    def open_stream(self, sample_rate: int) -> OutputStream:
        """Start an answer that is forgotten."""
        return SilentStream()


@hookimpl
def irene_outputs() -> list[type[Output[Any]]]:
    """Offer the output."""
    return [NoOutput]
