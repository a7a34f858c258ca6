"""A handler that makes the assistant silent at once."""

from __future__ import annotations

from collections.abc import Sequence

from irene import HandlerContext, Intent, IntentInfo, NoOptions, Response, hookimpl
from irene_plugins.intents.bundled import BundledHandler


class StopHandler(BundledHandler[NoOptions]):
    """Ends what is being said, what rings and what was being asked; says nothing itself.

    Its sentences have no wildcard and want no context, so they are understood at any time: also
    while an answer to a question is expected.
    """

    name = "stop"
    summary = "ends what is being said, asked or rung"
    intents = ("HassNevermind", "IreneStop")

    def handle(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Be quiet."""
        self.services.hush()
        return None

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intents are for."""
        return [
            IntentInfo("HassNevermind", "Takes back what was asked; nothing is done or said."),
            IntentInfo("IreneStop", "Stops what is being said, and what rings."),
        ]


@hookimpl
def irene_intent_handlers() -> list[type[StopHandler]]:
    """Offer the handler that stops."""
    return [StopHandler]
