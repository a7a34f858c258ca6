"""Handlers about the conversation itself: what may be said, what was said last, and courtesies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from irene import HandlerContext, Intent, IntentInfo, NoOptions, Response, hookimpl
from irene_plugins.intents.bundled import BundledHandler

_NEXT = "next_example"
"""key of an answer's data: number of the example that "what else" begins with"""


@dataclass(frozen=True)
class HelpOptions:
    """How much help is given at once."""

    max_examples: int = 5
    """sentences that are read aloud at most"""


class HelpHandler(BundledHandler[HelpOptions]):
    """Names sentences that the assistant understands: a few at a time, or those of a topic.

    Where a page ends is written in the answer's data, so that conversations do not mix.
    """

    name = "help"
    summary = "says what the assistant understands"
    intents = ("IreneHelp",)
    Options = HelpOptions

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Return example sentences of the other handlers, the next ones with the slot `more`."""
        language = context.language
        own = self.examples(language)
        others = [text for text in context.examples if text not in own]
        topic = str(intent.slots.get("topic", ""))
        if topic:
            return self._about(topic, others, language)
        first = _place(context, len(others)) if "more" in intent.slots else 0
        until = first + max(1, self.options.max_examples)
        if not others:
            return self.say("nothing", language)
        key = "examples_and_more" if until < len(others) else "examples"
        response = self.say(key, language, examples=self._quoted(others[first:until], language))
        return replace(response, data={"examples": others[first:until], _NEXT: until})

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intent is for."""
        slots = {"topic": "what help is wanted with, such as timer; without it, everything"}
        return [IntentInfo("IreneHelp", "Says what the assistant understands.", slots)]

    def _about(self, topic: str, others: Sequence[str], language: str) -> Response:
        """Return the examples in which a word of the topic occurs."""
        words = self.words("topics", language).get(topic, [topic])
        found = [text for text in others if any(word in text.casefold() for word in words)]
        if not found:
            return self.say("no_topic", language)
        return self.say("examples", language, examples=self._quoted(found, language))

    def _quoted(self, examples: Sequence[str], language: str) -> str:
        quoted = [f'"{text}"' for text in examples]
        if len(quoted) == 1:
            return quoted[0]
        last_two = self.say("or", language, first=quoted[-2], last=quoted[-1]).text
        return ", ".join([*quoted[:-2], last_two])


class RepeatHandler(BundledHandler[NoOptions]):
    """Says the last answer again."""

    name = "repeat"
    summary = "says the last answer again"
    intents = ("IreneRepeat",)

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Return the last answer of this run, in its own language."""
        return context.last_response or self.say("nothing", context.language)

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intent is for."""
        return [IntentInfo("IreneRepeat", "Says the last answer again.")]


class SmallTalkHandler(BundledHandler[NoOptions]):
    """Greets, takes leave and is thanked; its answers are those of the sentence files.

    The intent is Home Assistant's for sentences that only want an answer, so that sentence files
    of one's own say more, or something else, under the same keys.
    """

    name = "smalltalk"
    summary = "answers greetings and thanks"
    intents = ("HassRespond",)

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Leave the words to the sentence that was said."""
        return Response("")

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intent is for."""
        return [IntentInfo("HassRespond", "Answers a greeting, thanks or a farewell.")]


def _place(context: HandlerContext, n_examples: int) -> int:
    """Return where the next page begins: at the front again after the last one."""
    place = context.last_response.data.get(_NEXT, 0) if context.last_response else 0
    return place if isinstance(place, int) and 0 <= place < n_examples else 0


@hookimpl
def irene_intent_handlers() -> list[type[BundledHandler[Any]]]:
    """Offer the handlers of help, repeat and small talk."""
    return [HelpHandler, RepeatHandler, SmallTalkHandler]
