"""Which language one utterance after another is in, found out while somebody speaks."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from irene.components.language.component import LanguageComponent, Opinion
from irene.components.language.sustained import SustainedLanguage
from irene.components.language.windows import together, window_at
from irene.components.threads import start_daemon
from irene.components.utterances.kept_audio import KeptAudio
from irene.domain.audio import Samples
from irene.errors import IreneError


@dataclass(frozen=True, slots=True)
class Identified:
    """What became of an utterance."""

    opinion: Opinion
    """what was heard in it"""
    before: str
    """language that was spoken before"""
    language: str
    """language that is spoken now; the utterance is taken for it"""

    @property
    def has_changed(self) -> bool:
        """Whether another language is spoken now."""
        return self.language != self.before


class UtteranceLanguage:
    """Identifies the language of one utterance, on a thread of its own; nobody waits for it.

    While somebody speaks, windows that slide over the audio are heard, as often as there is time.
    At the end the whole utterance is heard, where the identifier takes it, otherwise its last
    window: identification and recognition then hear the identical audio, and need one pass of an
    encoder between them.
    """

    def __init__(self, component: LanguageComponent, while_spoken: bool) -> None:
        """Without `while_spoken` nothing is done before the end."""
        self._component = component
        self._while_spoken = while_spoken
        self._audio = KeptAudio()
        self._lock = self._audio.lock
        self._arrived = threading.Condition(self._lock)
        self._is_over = self._is_stopped = False
        self._is_busy = True
        self._heard: list[Mapping[str, float]] = []
        self._due: int | None = None
        self.opinion: Future[Opinion] = start_daemon("language", self._work)
        """what is known at the end; without an opinion when every identifier has failed"""

    def feed(self, samples: Samples) -> None:
        """Take mono samples, shape (n,), which nobody changes any more."""
        with self._component.metrics.measure("lid.buffer_append"), self._lock:
            self._audio.add(samples)
            self._arrived.notify_all()

    def end(self) -> None:
        """Say that the utterance is over."""
        with self._lock:
            self._is_over = True
            self._arrived.notify_all()

    def stop(self) -> None:
        """Give up; returns at once."""
        with self._lock:
            self._is_over = self._is_stopped = True
            self._arrived.notify_all()

    def wait_idle(self, timeout_s: float) -> bool:
        """Block until all whole windows so far were heard; return False if that takes longer."""
        with self._lock:
            return self._arrived.wait_for(self._is_idle, timeout_s)

    def _is_idle(self) -> bool:
        return self.opinion.done() or not (self._is_busy or self._has_window())

    def _has_window(self) -> bool:
        return self._due is not None and not self._is_over and self._audio.n_samples >= self._due

    def _work(self) -> Opinion:
        try:
            self._listen()
            return Opinion() if self._is_stopped else self._conclude()
        except IreneError:
            return Opinion()  # each failure was reported by the chain: nothing is known
        finally:
            with self._lock:
                self._is_over, self._is_busy = True, False
                self._audio.clear()
                self._arrived.notify_all()

    def _listen(self) -> None:
        """Hear one window after another until the utterance is over."""
        start = 0
        while True:
            length = self._component.capabilities.window  # may load: before the lock is taken
            with self._lock:
                self._due = start + length if self._while_spoken else None
                self._is_busy = False
                self._arrived.notify_all()
                self._arrived.wait_for(lambda: self._is_over or self._has_window())
                if self._is_over:
                    return
                self._is_busy = True
            window = window_at(self._samples(), start, length)
            opinion = self._component.opinion(window, live=True)
            self._heard.append(opinion.shares)
            start += self._component.hop

    def _samples(self) -> Samples:
        with self._component.metrics.measure("lid.frame_extract"):
            with self._lock:
                blocks = list(self._audio)
            return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)

    def _conclude(self) -> Opinion:
        samples, component = self._samples(), self._component
        if not samples.shape[0]:
            return Opinion()
        whole = component.whole(samples, live=True)
        if whole is not None:
            return whole
        last = samples.shape[0] - component.capabilities.window
        end = component.opinion(samples[last:], live=True)
        with component.metrics.measure("lid.smoothing"):
            return Opinion(together([*self._heard, end.shares]), end.provider)


class LanguageListener:
    """The language that is spoken in a run, from one utterance to the next; any thread may ask.

    It changes between utterances only, when another one is heard clearly, for long enough.
    """

    def __init__(self, component: LanguageComponent) -> None:
        self.component = component
        """who identifies"""
        self._lock = threading.Lock()
        self._spoken = SustainedLanguage(component.default, component.firmness)

    @property
    def language(self) -> str:
        """The language that is spoken now, BCP 47 tag."""
        return self._spoken.language

    def follow(self, before: LanguageListener) -> None:
        """Go on with the language that was spoken, if it may still be."""
        if before.language in self.component.languages:
            self._spoken = SustainedLanguage(before.language, self.component.firmness)

    def open(self) -> UtteranceLanguage:
        """Begin to listen to an utterance."""
        return UtteranceLanguage(self.component, self.component.slot.section.parallel)

    def settle(self, opinion: Opinion, seconds: float) -> Identified:
        """Take what was heard in an utterance with so much speech; return what follows from it."""
        with self._lock:
            before = self._spoken.language
            with self.component.metrics.measure("lid.sustained_detection"):
                self._spoken.hear(opinion.shares, seconds)
            return Identified(opinion, before, self._spoken.language)
