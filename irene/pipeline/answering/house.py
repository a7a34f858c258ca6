"""The assistant as its handlers know it: who announces, hushes, and asks other handlers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from irene.components.agenda import Agenda
from irene.components.services import HandlerServices, state_folder
from irene.components.threads import start_daemon
from irene.components.understanding import UnderstandingComponent
from irene.config.sections import Config
from irene.domain.clock import Clock
from irene.domain.events import ErrorRaised, Event, Warned
from irene.domain.intents import Intent, IntentInfo, Response
from irene.errors import IreneError
from irene.pipeline.answering.announcing import Announcer
from irene.pipeline.speaking.mouth import Mouth
from irene.providers.intents import HandlerContext


class House:
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
        self._announcer = announcer
        self._emit = emit
        self._clock = clock
        self._agenda = Agenda(clock, self._tell)
        self._has_started = False
        self.mouth: Mouth | None = None
        """None: everything is in writing"""
        self._volume = config.tts.volume
        self.on_sentences: Callable[[], None] = lambda: None
        """called when the sentences are others now"""

    def start(self) -> None:
        """Let the handlers begin to work; a second call does nothing. Blocks."""
        if not self._has_started:
            self._has_started = True
            self._understanding.start(self._services_of)

    def close(self) -> None:
        """Do nothing more for anybody."""
        self._agenda.close()

    @property
    def volume(self) -> float:
        """Loudness of the voice, 0 to 1; in writing, what it would be."""
        return self.mouth.volume if self.mouth is not None else self._volume

    @volume.setter
    def volume(self, value: float) -> None:
        self._volume = value
        if self.mouth is not None:
            self.mouth.volume = value

    def announce(self, response: Response, rings: bool) -> None:
        """Say something that nobody asked for just now."""
        self._announcer.announce(response, rings)

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

    def warn(self, message: str) -> None:
        """Emit a warning."""
        self._emit(Warned(message=message))

    def sentences_changed(self) -> None:
        """Ask for all sentences again, on a thread of its own; the old ones serve until then."""
        start_daemon("sentences", self._read_sentences)

    def _read_sentences(self) -> None:
        try:
            self._understanding.read_sentences(self._config.assistant.language)
        except IreneError as error:
            self._emit(Warned(message=f"the sentences stay as they were: {error}"))
        else:
            self.on_sentences()

    def _services_of(self, handler: str) -> HandlerServices:
        section = self._config.assistant
        folder = state_folder(section, handler)
        return HandlerServices(self, self._agenda, self._clock, section.language, folder)

    def _tell(self, error: IreneError) -> None:
        self._emit(ErrorRaised(code=error.code, message=str(error)))
