"""One utterance, recognised by whichever recogniser gets to its end."""

from __future__ import annotations

from concurrent.futures import Future

from irene.components.asr.stream import Recognition
from irene.components.routing.outcome import Outcome
from irene.components.threads import start_daemon
from irene.components.utterances.callbacks import UtteranceCallbacks
from irene.components.utterances.kept_audio import KeptAudio
from irene.components.utterances.recognisers import Recognisers
from irene.components.utterances.supervisor import Supervisor
from irene.components.utterances.time_limits import TimeLimits
from irene.domain.audio import Samples
from irene.providers.asr import AsrRequest


class Utterance:
    """Feeds an utterance to a recogniser, and keeps its audio until the text is final.

    A recogniser that raises, hangs or returns nonsense is given up, and the next one hears the
    utterance from its first sample on, as fast as it can, and then what is still being said: a
    failure costs time, never speech. Each recogniser works on a thread of its own, so one that
    hangs holds up nobody. Nothing is opened before the first block.

    Audio goes in with `feed`, `end` asks for the final text, which `text` will hold.
    """

    def __init__(
        self,
        recognisers: Recognisers,
        request: AsrRequest,
        limits: TimeLimits,
        callbacks: UtteranceCallbacks,
    ) -> None:
        self.request = request
        """what is asked of the recognisers"""
        self.audio = KeptAudio()
        """everything that has been said so far"""
        self._lock = self.audio.lock
        self._supervisor = Supervisor(recognisers, request, limits, self.audio, callbacks)
        start_daemon("utterance", self._supervisor.run).add_done_callback(self._give_way)

    @property
    def text(self) -> Future[Recognition]:
        """The final text, or the error that tells why every recogniser failed."""
        return self._supervisor.text

    @property
    def reasons(self) -> dict[str, str]:
        """Why recognisers failed, by name."""
        return {name: str(error) for name, error in self._supervisor.errors.items()}

    def feed(self, samples: Samples) -> None:
        """Take mono samples, shape (n,), which nobody changes any more."""
        with self._lock:
            if self._supervisor.settled_s is None:
                self.audio.add(samples)

    def end(self) -> None:
        """Say that the utterance is over."""
        with self._lock:
            self._supervisor.end()

    def stop(self, reason: str, outcome: Outcome = Outcome.CANCELLED) -> None:
        """Give the utterance up, for a reason that is no fault of a recogniser; returns at once."""
        with self._lock:
            self._supervisor.stop(reason, outcome)

    def wait_idle(self, timeout_s: float) -> bool:
        """Block until everything so far has been heard; return False if that takes longer."""
        with self._lock:
            return self._supervisor.caught_up.wait_for(self._is_idle, timeout_s)

    def wait_over(self, timeout_s: float) -> bool:
        """Block until no recogniser works on it any more; return False if that takes longer."""
        with self._lock:
            return self._supervisor.caught_up.wait_for(self._is_over, timeout_s)

    def wait(self) -> Recognition:
        """Block until there is a final text.

        Raises:
            ProviderFailedError: every recogniser has failed.
        """
        try:
            return self.text.result()
        finally:
            self.stop("nobody waits for it any more")

    def _is_idle(self) -> bool:
        supervisor, leading = self._supervisor, self._supervisor.leading
        is_idle = supervisor.is_exhausted if leading is None else leading.is_idle
        return is_idle or supervisor.settled_s is not None

    def _is_over(self) -> bool:
        return self._supervisor.settled_s is not None and not self._supervisor.attempts

    def _give_way(self, outcome: Future[None]) -> None:
        """Whatever goes wrong, whoever waits for the text gets an answer."""
        error = outcome.exception()
        if error is not None and not self.text.done():
            self.text.set_exception(error)
