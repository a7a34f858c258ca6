"""Contract of intent handlers: an intent in, an answer out."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol

from irene.domain.clock import Clock
from irene.domain.intents import Intent, IntentInfo, Response
from irene.domain.kinds import Kind
from irene.errors import ProviderFailedError
from irene.providers.provider import OptionsT, Provider


@dataclass(frozen=True)
class HandlerContext:
    """What a handler may know of the conversation."""

    now: datetime
    """local time at which the intent is handled, with its zone"""
    language: str = "en"
    """BCP 47 tag to answer in"""
    last_response: Response | None = None
    """what the assistant said last in this run"""
    last_intent: Intent | None = None
    """what was asked before in this conversation; None when it begins"""
    conversation: str = ""
    """name of the conversation: it stays the same while one utterance follows another"""
    examples: Sequence[str] = ()
    """one example sentence per installed intent, for help"""


class Services(Protocol):
    """What the assistant does for its handlers; may be used from any thread, until `close`."""

    @property
    def clock(self) -> Clock:
        """Where time comes from; handlers ask no other clock."""
        ...

    @property
    def language(self) -> str:
        """BCP 47 tag that the assistant answers in."""
        ...

    @property
    def volume(self) -> float:
        """Loudness of the assistant's voice, 0 (silent) to 1 (full)."""
        ...

    @volume.setter
    def volume(self, value: float) -> None: ...

    @property
    def speaks(self) -> bool:
        """Whether announcements are spoken, and not only written."""
        ...

    def state_folder(self) -> Path:
        """Return the folder for what must survive a restart; it exists, and others cannot read it.

        Raises:
            ProviderFailedError: it cannot be made.
        """
        ...

    def call_at(self, when: datetime, work: Callable[[], None]) -> Callable[[], None]:
        """Have short `work` done at that time, at once when it is past; return what cancels it.

        Times have a zone. All work is done on one thread, in the order of its times.
        """
        ...

    def announce(self, response: Response, *, rings: bool = False) -> bool:
        """Say something that nobody asked for just now, as soon as nobody else speaks.

        Args:
            response: what is said.
            rings: play the alarm sound with it, again and again until `hush` or the wake word.

        Returns:
            Whether it will be told: False once the assistant ends. What must not be lost is kept
            for the next start, then.
        """
        ...

    def hush(self) -> None:
        """Stop what is being said, and what rings; does nothing when all is quiet."""
        ...

    def answer(self, intent: Intent) -> Response | None:
        """Have another handler answer an intent.

        Raises:
            ProviderFailedError: nobody answers it, or the handler raised.
        """
        ...

    def intents(self) -> Sequence[IntentInfo]:
        """Return what can be asked of all handlers."""
        ...

    def failed(self, message: str) -> None:
        """Tell why what was just asked did not work: one line that begins with a name.

        For handlers that apologise themselves, instead of raising; the command counts as failed.
        """
        ...

    def warn(self, message: str) -> None:
        """Tell whoever runs the assistant what does not work: one line that begins with a name."""
        ...

    def sentences_changed(self) -> None:
        """Say that `sentences` returns something else now: it is asked again, soon."""
        ...


class IntentHandler(Provider[OptionsT]):
    """Answers the intents that it names, with sentences of its own if it likes.

    Intents are handled one after the other on a thread that may be abandoned when it takes longer
    than `assistant.intent_timeout_ms`.
    """

    kind: ClassVar[Kind] = Kind.INTENTS
    intents: tuple[str, ...] = ()
    """Names of the intents it answers; an instance may set its own in `__init__`."""
    repeatable: ClassVar[bool] = False
    """Whether it answers the same to the same at the same time, and changes nothing but what lies
    in its state folder. `irene replay` asks such a handler again, and repeats what any other one
    has answered."""

    def load(self) -> None:
        """Load what it needs, once its form is right; a second call does nothing.

        Raises:
            ProviderUnavailableError: something is missing; the message names the cure.
            ProviderFailedError: it raised, or its author has mistaken its form.
        """
        self.check_form()
        super().load()

    def check_form(self) -> None:
        """Refuse what no author can have meant.

        Raises:
            ProviderFailedError: `handle` is `async`, or `intents` is no tuple of names.
        """
        title = f"{self.kind} provider {self.name!r}"
        if inspect.iscoroutinefunction(self.handle):
            raise ProviderFailedError(
                f"{title}: handle is `async def`; write `def`: it runs on a thread, and may block"
            )
        names: object = self.intents
        if isinstance(names, str) or not all(isinstance(name, str) for name in self.intents):
            raise ProviderFailedError(
                f"{title}: intents is {names!r}; write a tuple of names, as in ({str(names)!r},)"
            )

    @abstractmethod
    def handle(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Answer the intent; None says that there is nothing to say."""

    def start(self, services: Services) -> None:
        """Begin to work with an assistant, once loaded: what was left pending goes on here."""

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return the handler's own templates (see `SentenceSource.content`), or None."""
        return None

    def examples(self, language: str) -> Sequence[str]:
        """Return sentences that a person may say to it, the most useful first."""
        return ()

    def describe(self) -> Sequence[IntentInfo]:
        """Say what its intents are for."""
        return [IntentInfo(name) for name in self.intents]
