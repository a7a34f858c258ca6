"""Ringing: the alarm sound and a text, in turns, until somebody stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import numpy as np

from irene.audio.earcons import SAMPLE_RATE, Clip
from irene.errors import IreneError
from irene.pipeline.speaking.look_ahead import LookAhead
from irene.pipeline.speaking.playback import Sound

LIMIT_S = 300.0
"""after so much of it nobody seems to be there"""
QUIETEST = 0.5
"""volume that a ring reaches at least, however low the voice is set: it is there to be heard"""
_PAUSE_S = 0.6
_START, _RISE_S = 0.25, 20.0
"""the share of its full volume that a ring begins with, and the time until it has all of it"""


class Ring:
    """A sound source that rings, softly at first.

    The text is said after the alarm sound, as soon as its synthesis is far enough: a voice that
    fails or hangs never keeps an alarm from ringing.
    """

    def __init__(
        self,
        alarm: Clip | None,
        speak: Callable[[], LookAhead | None],
        limit_s: float = LIMIT_S,
        once: Callable[[], bool] = lambda: False,
    ) -> None:
        """Ring for at most `limit_s` seconds of audio; `once` does it a single time.

        Args:
            alarm: the sound; None leaves only the text.
            speak: begins a new synthesis of the text; None when there is no voice.
            limit_s: seconds of audio after which it gives up.
            once: whether each is played a single time, and the text waited for: asked in every
                round.
        """
        self._alarm = alarm
        self._begin_to_speak = speak
        self._limit_s = limit_s
        self._once = once
        self._speech: LookAhead | None = None
        self._is_stopped = False
        self._played_s = 0.0
        self.provider = ""
        """name of the voice that spoke last; empty before one did"""
        self.cached = False
        """whether the text came from the phrase cache the last time"""
        self.progress = 0
        """rounds so far"""

    def volume(self, wanted: float) -> float:
        """Return how loud it is now when the voice is set to `wanted`, 0 to 1."""
        full = max(wanted, QUIETEST)
        return full * (_START + (1 - _START) * min(1.0, self._played_s / _RISE_S))

    def sounds(self) -> Iterator[Sound]:
        """Yield the rounds."""
        while not self._is_stopped and self._played_s < self._limit_s:
            for sound in self._round():
                yield sound
                self._played_s += sound.seconds
            self.progress += 1
            if self._once():
                return

    def stop(self) -> None:
        """Ring no more; may be called from any thread."""
        self._is_stopped = True
        if self._speech is not None:
            self._speech.stop()

    def blame(self, late: IreneError) -> bool:
        """Whatever took too long was the output, unless the only round waits for the voice."""
        return self._once() and self._speech is not None and self._speech.blame(late)

    def _round(self) -> Iterator[Sound]:
        speech = self._speech = self._speech or self._begin_to_speak()
        if speech is not None:
            speech.begin()
        if self._is_stopped and speech is not None:
            speech.stop()  # `stop` came before it was there
            return
        pause = Sound(np.zeros(round(_PAUSE_S * SAMPLE_RATE), np.int16), SAMPLE_RATE)
        if self._alarm is not None:
            yield Sound(self._alarm.samples, self._alarm.sample_rate)
        yield pause
        if speech is not None and (self._once() or speech.is_filled):
            with suppress(IreneError):  # the chain of voices has told; the alarm goes on
                yield from speech.sounds()
            self.provider, self.cached = speech.provider, speech.cached
            self._speech = None
            yield pause
