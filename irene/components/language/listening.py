"""Which language one utterance after another is in, found out while somebody speaks."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice

import numpy as np

from irene.audio.pauses import PauseEar
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


@dataclass(frozen=True, slots=True)
class _Pause:
    """A pause that may be the end."""

    n_samples: int
    """samples that had come when it was noticed"""
    n_frames: int
    """frames of 20 ms that had come by then"""


class _Pauses:
    """Looks for pauses in blocks, one after the other."""

    def __init__(self, sample_rate: int) -> None:
        self._ear = PauseEar(sample_rate)
        self._n_samples = 0
        self.n_blocks = 0
        """blocks that were heard"""
        self.now: _Pause | None = None
        """the pause that goes on; None while somebody speaks"""

    def hear(self, blocks: Iterable[Samples]) -> None:
        """Take all blocks of an utterance so far; those that were heard before are left out."""
        for block in islice(blocks, self.n_blocks, None):
            self._ear.add(block)
            self._n_samples += block.shape[0]
            self.n_blocks += 1
            if self.now is not None and not self._ear.is_quiet_since(self.now.n_frames):
                self.now = None
            if self.now is None and self._ear.is_pause:
                self.now = _Pause(self._n_samples, self._ear.n_frames)


class UtteranceLanguage:
    """Identifies the language of one utterance, on a thread of its own; nobody waits for it.

    While somebody speaks, windows that slide over the audio are heard, as often as there is time.
    In a pause everything so far is heard, where the identifier takes it: if nothing but quiet
    follows, the language is known before it is decided that the utterance is over. Otherwise it is
    heard then, or its last window is. Identification and recognition hear the identical audio, and
    need one pass of an encoder between them.
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
        self._pauses: _Pauses | None = None
        self._early: tuple[_Pause, Opinion | None] | None = None
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
        return self.opinion.done() or not (self._is_busy or self._has_window() or self._has_news())

    def _has_window(self) -> bool:
        return self._due is not None and not self._is_over and self._audio.n_samples >= self._due

    def _has_news(self) -> bool:
        """Whether blocks have come in which nobody looked for a pause."""
        pauses = self._pauses
        return pauses is not None and not self._is_over and pauses.n_blocks < len(self._audio)

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
        """Hear pauses and windows until the utterance is over."""
        start = 0
        needs = self._component.capabilities  # may load: not while the lock is held
        if self._while_spoken and needs.longest:
            self._pauses = _Pauses(needs.sample_rates[0])
        while self._waited_for(start + needs.window):
            self._hear_pause()
            if self._known() is None and self._audio.n_samples >= start + needs.window:
                window = window_at(self._samples(), start, needs.window)
                self._heard.append(self._component.opinion(window, live=True).shares)
                start += self._component.hop
            needs = self._component.capabilities

    def _waited_for(self, due: int) -> bool:
        """Wait for a window that ends there, or any block; False when the utterance is over."""
        with self._lock:
            self._due = due if self._while_spoken and self._known() is None else None
            self._is_busy = False
            self._arrived.notify_all()
            self._arrived.wait_for(lambda: self._is_over or self._has_window() or self._has_news())
            self._is_busy = True
            return not self._is_over

    def _hear_pause(self) -> None:
        """Hear everything up to a pause, when one has begun."""
        if self._pauses is None:
            return
        self._pauses.hear(self._audio)
        pause = self._pauses.now
        if pause is not None and (self._early is None or self._early[0] is not pause):
            heard = self._samples()[: pause.n_samples]
            self._early = (pause, self._component.whole(heard, live=True))

    def _known(self) -> Opinion | None:
        """Return what is known of all that was said, as nothing was since; None: nothing yet."""
        early, pauses = self._early, self._pauses
        if early is None or pauses is None or early[0] is not pauses.now:
            return None
        return early[1]

    def _samples(self) -> Samples:
        with self._component.metrics.measure("lid.frame_extract"):
            with self._lock:
                blocks = list(self._audio)
            return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)

    def _conclude(self) -> Opinion:
        samples, component = self._samples(), self._component
        if not samples.shape[0]:
            return Opinion()
        if self._pauses is not None:
            self._pauses.hear(self._audio)
        whole = self._known() or component.whole(samples, live=True)
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
