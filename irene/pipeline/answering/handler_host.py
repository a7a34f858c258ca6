"""The assistant as its handlers know it: who announces, hushes, and asks other handlers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from irene.components.scheduler import Scheduler
from irene.components.services import HandlerServices, state_folder
from irene.components.threads import start_daemon
from irene.components.understanding.component import UnderstandingComponent
from irene.config.sections import Config
from irene.domain.clock import Clock
from irene.domain.events import ErrorRaised, Event, Warned
from irene.domain.intents import Intent, IntentInfo, Response
from irene.errors import IreneError, ProviderFailedError
from irene.pipeline.answering.announcing import Announcer
from irene.pipeline.speaking.mouth import Mouth
from irene.providers.border import ForeignCode, one_line
from irene.providers.intents import HandlerContext, IntentHandler


class HandlerHost:
    """Serves the handlers of one assistant; everything may be called from any thread."""

    def __init__(
        self,
        config: Config,
        understanding: UnderstandingComponent,
        announcer: Announcer,
        emit: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        self._config = config
        self._understanding = understanding
        understanding.awaits_sentences = self.has_read
        self._announcer = announcer
        self._emit = emit
        self._clock = clock
        self._scheduler = Scheduler(clock, self._tell)
        self._has_started = False
        self._at_work: dict[str, IntentHandler[Any]] = {}
        self._services: dict[str, HandlerServices] = {}
        self._lock = threading.Lock()
        self._was_read = threading.Condition(self._lock)
        self._is_closed = False
        self._is_reading = False
        self._changes = 0
        self.mouth: Mouth | None = None
        """None: everything is in writing"""
        self._volume = config.tts.volume
        self.on_sentences: Callable[[], None] = lambda: None
        """called when the sentences have changed"""
        self.is_ending: Callable[[], bool] = lambda: False
        """says whether the run ends, or was stopped before it began: nobody hears anything"""

    def start(self) -> None:
        """Let the handlers begin to work; a second call does nothing.

        Blocks until the sentences that they changed meanwhile can be understood.
        """
        if not self._has_started:
            self._has_started = True
            self._start_handlers()

    def renew(self, config: Config, understanding: UnderstandingComponent) -> None:
        """Serve other handlers; those that stay work on. Blocks.

        Handlers that go are closed before others are started that may need what they held. Nobody
        is answered meanwhile.
        """
        before, self._understanding = self._understanding, understanding
        self._config = config
        understanding.awaits_sentences = self.has_read
        for services in self._services.values():
            services.language = config.assistant.language
        for name, handler in list(self._at_work.items()):
            if understanding.handlers.get(name) is not handler:
                del self._at_work[name], self._services[name]
                before.free_handler(name)
        if self._has_started:
            self._start_handlers()

    def _start_handlers(self) -> None:
        handlers = self._understanding.handlers
        self._understanding.start(self._services_of, tuple(self._at_work))
        self._at_work = dict(handlers)
        with self._was_read:
            self._was_read.wait_for(self._has_read_all)

    def close(self) -> None:
        """Serve the handlers no more; from now on they announce nothing, and nothing falls due."""
        with self._lock:
            self._is_closed = True
        self._scheduler.close()

    @property
    def volume(self) -> float:
        """Loudness of the voice, 0 to 1; in writing, what it would be."""
        return self.mouth.volume if self.mouth is not None else self._volume

    @volume.setter
    def volume(self, value: float) -> None:
        self._volume = value
        if self.mouth is not None:
            self.mouth.volume = value

    @property
    def speaks(self) -> bool:
        """Whether there is a voice."""
        return self.mouth is not None and self.mouth.voice is not None

    def announce(self, response: Response, rings: bool) -> bool:
        """Say something that nobody asked for just now; nothing at the end, and False, then."""
        with self._lock:
            if self._is_closed or self.is_ending():
                return False
            self._announcer.announce(response, rings)
            return True

    def hush(self) -> None:
        """Stop what is being said, and what rings."""
        self._announcer.hush()
        if self.mouth is not None:
            self.mouth.hush()

    def answer(self, intent: Intent) -> Response | None:
        """Have the handler of an intent answer it; blocks."""
        context = HandlerContext(now=self._clock.now(), language=intent.language)
        return self._understanding.answer(intent, context)

    def intents(self) -> Sequence[IntentInfo]:
        """Return what can be asked of all handlers."""
        return self._understanding.describe()

    def failed(self, message: str) -> None:
        """Emit an error: the command in progress did not work."""
        self._tell(ProviderFailedError(message))

    def warn(self, message: str) -> None:
        """Emit a warning."""
        self._emit(Warned(message=message))

    def sentences_changed(self) -> None:
        """Ask for all sentences again, on a thread of its own; the old ones serve until then.

        Changes while they are read are read together, once.
        """
        with self._lock:
            self._changes += 1
            if self._is_closed or self._is_reading:
                return
            self._is_reading = True
        start_daemon("sentences", self._read_all_changes)

    def has_read(self, limit_s: float | None) -> bool:
        """Wait for sentences that are being read; return whether there are new ones now.

        Waits `limit_s` seconds at most, and not at all when none are being read. Who was not
        understood may have said one of those.
        """
        with self._was_read:
            return self._is_reading and self._was_read.wait_for(self._has_read_all, limit_s)

    def _has_read_all(self) -> bool:
        return not self._is_reading

    def _read_all_changes(self) -> None:
        seen = 0
        while (changes := self._unread(seen)) is not None:
            seen = changes
            self._read_sentences()

    def _unread(self, seen: int) -> int | None:
        """Return how many changes there are by now; None when all are read, or nobody cares."""
        with self._lock:
            if self._is_closed or self._changes == seen:
                self._is_reading = False
                self._was_read.notify_all()
                return None
            return self._changes

    def _read_sentences(self) -> None:
        try:
            with ForeignCode():
                self._understanding.read_sentences(self._config.assistant.language)
        except IreneError as error:
            self._emit(Warned(message=f"the sentences stay as they were: {error}"))
            return
        if self._is_closed:
            return
        try:
            with ForeignCode():
                self.on_sentences()
        except IreneError as error:
            self._emit(Warned(message=f"recognition is guided as it was: {one_line(error)}"))

    def _services_of(self, handler: str) -> HandlerServices:
        section = self._config.assistant
        folder = state_folder(section, handler)
        services = HandlerServices(self, self._scheduler, self._clock, section.language, folder)
        self._services[handler] = services
        return services

    def _tell(self, error: IreneError) -> None:
        self._emit(ErrorRaised(code=error.code, message=str(error)))
