"""Synthesis ahead of playback: one sentence is heard while the next ones are made."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing

import numpy as np

from irene.components.threads import start_daemon
from irene.components.voice import Block, SpokenSentence, VoiceComponent
from irene.errors import IreneError
from irene.pipeline.speaking.answer_text import AnswerText
from irene.pipeline.speaking.playback import Sound

_SILENT = 100
"""samples up to this, 50 dB below full scale, are silence"""
AHEAD_S = 10.0
"""audio that may wait to be played; beyond it, synthesis waits"""


class LookAhead:
    """A sound source that speaks a text: every voice block at once, sentence after sentence.

    A sentence that a voice breaks off is said as a whole by the next voice. What was not handed
    out of the broken one yet is never heard; sentences before it are not repeated.
    """

    def __init__(self, voice: VoiceComponent, text: AnswerText, ahead_s: float = AHEAD_S) -> None:
        """Prepare to speak; `ahead_s` bounds the audio that waits to be played."""
        self._voice = voice
        self._text = text
        self._ahead_s = ahead_s
        self._waiting: deque[tuple[int, Sound]] = deque()
        self._waiting_s = 0.0
        self._changed = threading.Condition()
        self._is_stopped = False
        self._is_over = False
        self._error: IreneError | None = None
        self._speaking: SpokenSentence | None = None
        self._worker: Future[None] | None = None
        self._silence_s = 0.0
        self._failed: set[str] = set()
        self._n_blocks = self._n_failed = 0
        self.cached = True
        """whether everything so far came from the phrase cache"""

    @property
    def provider(self) -> str:
        """Name of the voice that speaks; empty before it does."""
        return self._speaking.provider if self._speaking else ""

    @property
    def progress(self) -> int:
        """A number that grows while text or audio comes, or another voice is asked."""
        failed = self._speaking.failed if self._speaking else ()
        return self._n_blocks + self._text.n_pieces + self._n_failed + len(failed)

    @property
    def is_filled(self) -> bool:
        """Whether all of it, or as much as may wait, is ready to be played."""
        with self._changed:
            return self._is_over or self._waiting_s >= self._ahead_s

    def begin(self) -> None:
        """Begin to synthesise, if nobody did yet."""
        if self._worker is None:
            self._worker = start_daemon("synthesize", self._synthesize)

    def sounds(self) -> Iterator[Sound]:
        """Yield what is to be played, waiting for it.

        Raises:
            ProviderFailedError: every voice failed, or whoever writes the text; what was
                synthesised before has been yielded.
        """
        self.begin()
        while (sound := self._take()) is not None:
            yield sound
        if self._worker is not None and not self._is_stopped:
            self._worker.result()  # it is over; an error that nobody expected is not lost

    def stop(self) -> None:
        """End synthesis and text; may be called from any thread."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        self._text.stop()

    def blame(self, late: IreneError) -> bool:
        """Note that nothing came any more; return whether voice or text are to blame for it."""
        with self._changed:
            if self._waiting or self._is_over:
                return False
        if not self._text.is_awaited and self._speaking is not None:
            self._speaking.late(late)
        return True

    def _take(self) -> Sound | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_over or self._is_stopped)
            if self._is_stopped:
                return None
            if self._waiting:
                _, sound = self._waiting.popleft()
                self._waiting_s -= sound.seconds
                self._changed.notify_all()
                return sound
            if self._error is not None:
                raise self._error
            return None

    def _synthesize(self) -> None:
        try:
            for number, sentence in enumerate(self._text.sentences()):
                self._speak(number, sentence)
                if self._is_stopped:
                    return
        except IreneError as error:
            self._error = error
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()

    def _speak(self, number: int, sentence: str) -> None:
        language = self._text.language
        spoken = self._speaking = self._voice.say(sentence, language, self._failed)
        with closing(spoken.blocks()) as blocks:
            for block in blocks:
                if not self._put(number, sentence, block):
                    return
                self.cached = self.cached and spoken.cached
        self._failed |= spoken.failed
        self._n_failed += len(spoken.failed)

    def _put(self, number: int, sentence: str, block: Block) -> bool:
        """Queue a block once there is room for it; return whether more is wanted."""
        sounds = [Sound(block.samples, block.sample_rate, sentence if block.begins else "")]
        with self._changed:
            if block.begins:
                self._drop(number)
                sounds = [*self._pause(block), *sounds]
            self._changed.wait_for(lambda: self._is_stopped or self._waiting_s < self._ahead_s)
            self._waiting.extend((number, sound) for sound in sounds)
            self._waiting_s += sum(sound.seconds for sound in sounds)
            self._n_blocks += 1
            self._note_silence(block)
            self._changed.notify_all()
            return not self._is_stopped

    def _drop(self, number: int) -> None:
        """Take back what a voice said of this sentence before it broke off."""
        while self._waiting and self._waiting[-1][0] == number:
            self._waiting_s -= self._waiting.pop()[1].seconds

    def _note_silence(self, block: Block) -> None:
        """Keep count of the silence that a sentence ends with: it is part of the pause."""
        loud = np.flatnonzero(np.abs(block.samples.astype(np.int32)) > _SILENT)
        before_s = 0.0 if loud.size or block.begins else self._silence_s
        n_silent = block.samples.shape[0] - (int(loud[-1]) + 1 if loud.size else 0)
        self._silence_s = before_s + n_silent / block.sample_rate

    def _pause(self, block: Block) -> list[Sound]:
        """Return what is missing of the pause before a sentence; none before the first."""
        pause_s = self._voice.pause_s - self._silence_s
        n_samples = round(max(0.0, pause_s) * block.sample_rate)
        if not self._n_blocks or not n_samples:
            return []
        return [Sound(np.zeros(n_samples, np.int16), block.sample_rate)]


class Unspoken:
    """A sound source without sound: it reads a text to its end for those who only see it."""

    provider = ""
    cached = False

    def __init__(self, text: AnswerText) -> None:
        self._text = text

    @property
    def progress(self) -> int:
        """A number that grows while text comes."""
        return self._text.n_pieces

    def sounds(self) -> Iterator[Sound]:
        """Read the text; yield nothing.

        Raises:
            ProviderFailedError: whoever writes it failed.
        """
        for _ in self._text.sentences():
            pass
        yield from ()

    def stop(self) -> None:
        """End the text; may be called from any thread."""
        self._text.stop()

    def blame(self, late: IreneError) -> bool:
        """It was the text that took too long."""
        return True
