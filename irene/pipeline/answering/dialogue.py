"""What a conversation is about: what was asked before, and what the assistant wants to know."""

from __future__ import annotations

from dataclasses import replace

from irene.domain.intents import Intent, Response
from irene.providers.intent_recognition import NO_CONTEXT, Context


class Dialogue:
    """The memory of one person's conversation; it fades some time after the last answer.

    All times are seconds of one axis that the caller chooses.
    """

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        """seconds after an answer in which a command may refer to it"""
        self._until_s = 0.0
        self._number = 0
        self._intent: Intent | None = None
        self._asks = ""
        self._asked_again = False
        self.last_response: Response | None = None
        """what was said last; it does not fade, because people ask for it to be repeated"""

    def begin(self, now_s: float) -> str:
        """Return the name of the conversation that a command at this time belongs to."""
        if now_s > self._until_s or not self._number:
            self._number += 1
            self._intent, self._asks = None, ""
        self._until_s = max(self._until_s, now_s + self.timeout_s)
        return str(self._number)

    def last_intent(self, now_s: float) -> Intent | None:
        """Return what was asked before in this conversation."""
        return self._intent if now_s <= self._until_s else None

    def context(self, now_s: float) -> Context:
        """Return what sentences with `requires_context` are held against."""
        intent = self.last_intent(now_s)
        if intent is None:
            return NO_CONTEXT
        asked = {"asks": self._asks} if self._asks else {}
        return {"last_intent": intent.name, **asked}

    def asks(self, now_s: float) -> str:
        """Return the slot that the last answer asked for; empty when it asked for none."""
        return self._asks if now_s <= self._until_s else ""

    def ask_again(self, now_s: float) -> str:
        """Return the slot that is to be asked for once more, because the reply made no sense."""
        self._asks = "" if self._asked_again else self.asks(now_s)
        self._asked_again = True
        return self._asks

    def completed(self, intent: Intent, now_s: float) -> Intent:
        """Return an intent that continues the one before, with the slots that are known already.

        What was just said wins over what was said before; `kept` names the rest. A whole command is
        no continuation, even of the same intent: "turn on the lights" after "turn on the radio" is
        not about the radio.
        """
        before = self.last_intent(now_s)
        if before is None or before.name != intent.name or not intent.continues:
            return intent
        kept = frozenset(before.slots) - frozenset(intent.slots)
        return replace(intent, slots={**before.slots, **intent.slots}, kept=kept)

    def note(self, intent: Intent | None, response: Response | None, now_s: float) -> None:
        """Remember an exchange; without an intent, what was talked about before is kept."""
        if intent is not None:
            self._intent = intent
            self._asks = response.asks if response is not None else ""
            self._asked_again = False
        if response is not None and response.text:
            self.last_response = response
        self._until_s = now_s + self.timeout_s
