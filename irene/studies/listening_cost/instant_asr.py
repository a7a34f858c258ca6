"""A recogniser that answers at once: whatever time is left over is the framework's."""

from __future__ import annotations

import importlib
from typing import Any

from irene.domain.audio import Samples
from irene.domain.speech import Hypothesis
from irene.plugin.marker import hookimpl
from irene.plugin.source import PluginSource
from irene.providers.asr import Asr, AsrRequest, AsrStream
from irene.providers.provider import NoOptions

_TEXT = "what time is it"


class InstantStream(AsrStream):
    """An utterance whose text is known beforehand."""

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take no time."""
        return None

    def finish(self) -> Hypothesis:
        """Return the demo's question."""
        return Hypothesis(_TEXT, is_final=True, language="en")


class InstantAsr(Asr[NoOptions]):
    """Hears the demo's question in every utterance; for measuring, never offered by an install."""

    name = "instant"
    summary = "answers at once, whatever is said"

    def open_stream(self, request: AsrRequest) -> InstantStream:
        """Start on a new utterance."""
        return InstantStream()


def instant_plugin() -> PluginSource:
    """Return this module as a plugin that a host can load."""
    return PluginSource("instant", __name__, lambda: importlib.import_module(__name__))


@hookimpl
def irene_asrs() -> list[type[Asr[Any]]]:
    """Offer the recogniser."""
    return [InstantAsr]
