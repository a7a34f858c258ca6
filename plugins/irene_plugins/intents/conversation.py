"""Handlers about the conversation itself: what may be said, and what was said last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from irene import HandlerContext, Intent, NoOptions, Response, hookimpl
from irene_plugins.intents.bundled import EnglishHandler


@dataclass(frozen=True)
class HelpOptions:
    """How much help is given at once."""

    max_examples: int = 5
    """sentences that are read aloud at most"""


class HelpHandler(EnglishHandler[HelpOptions]):
    """Names sentences that the assistant understands."""

    name = "help"
    summary = "says what the assistant understands (English)"
    intents = ("IreneHelp",)
    phrases = ("what can you do", "help")
    Options = HelpOptions

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Return example sentences of the other intents."""
        others = [text for text in context.examples if text not in self.phrases]
        return Response(help_sentence(others[: max(1, self.options.max_examples)]), "en")


class RepeatHandler(EnglishHandler[NoOptions]):
    """Says the last answer again."""

    name = "repeat"
    summary = "says the last answer again (English)"
    intents = ("IreneRepeat",)
    phrases = ("repeat that", "say that again")

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Return the last answer of this run, in its own language."""
        return context.last_response or Response("There is nothing to repeat yet.", "en")


def help_sentence(examples: Sequence[str]) -> str:
    """Return an English sentence that quotes the examples."""
    if not examples:
        return "There is nothing that I can do for you yet."
    quoted = [f'"{text}"' for text in examples]
    listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    return f"You can say {listed}."


@hookimpl
def irene_intent_handlers() -> list[type[HelpHandler] | type[RepeatHandler]]:
    """Offer the handlers of help and repeat."""
    return [HelpHandler, RepeatHandler]
