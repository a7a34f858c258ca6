"""Taking the assistant's voice out of one microphone, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from irene.audio.comfort_noise import ComfortNoise
from irene.audio.echo_gate import FRAME_S, EchoGate
from irene.audio.played import PlayedSound
from irene.audio.samples import to_int16, to_mono
from irene.components.own_voice.cancelling import Cancelling
from irene.domain.audio import AudioChunk, Samples

_TAIL_S = 0.6
"""time after the last sample that was written in which it may still be heard: what output and input
hold back, and the room"""
_JUDGED_EVERY = 50
"""frames of which one tells how loud the room is"""


class EchoRemoval:
    """One microphone that hears one loudspeaker; used by the capture thread.

    What is taken out is replaced by noise of the room's level, so that whatever listens finds the
    assistant's voice to be a pause.
    """

    def __init__(self, played: PlayedSound, mute: bool, cancelling: Cancelling | None) -> None:
        self.played = played
        """what the loudspeaker is given"""
        self._mute = mute
        self._cancelling = cancelling
        self._gate = EchoGate()
        self._noise = ComfortNoise()
        self._frame = round(FRAME_S * played.sample_rate)
        self._rest: Samples = np.zeros(0, np.int16)
        self._tail = 0
        self._n_played = self._n_seen = 0
        self._is_cut = False
        self._n_unjudged = 0
        self._judged_every = _JUDGED_EVERY * self._frame
        self._end_s: float | None = None
        self._next = 0
        self._whole: AudioChunk | None = None
        self._frames: Iterator[Samples] = iter(())
        self._cleaned: list[Samples] = []
        self._at: tuple[Samples, Samples] | None = None

    @property
    def cancelling(self) -> Cancelling | None:
        """What subtracts the voice, if anything does."""
        return self._cancelling

    def clean(self, chunk: AudioChunk) -> AudioChunk:
        """Return the chunk without the assistant's voice, in mono, but for up to 10 ms that wait.

        While nothing is played, the chunk is returned as it is.
        """
        before_s, self._end_s = self._end_s, chunk.end_s
        if self.played.written == self._n_played:  # it has been silent for long, and nothing waits
            self._n_unjudged += len(chunk.samples)
            if self._n_unjudged >= self._judged_every:
                self._learn(chunk.samples)
            return chunk
        self._follow(self.played.written)
        if not self._tail:
            return self._with_rest(chunk) if len(self._rest) else chunk
        if before_s is not None:
            lost = round((chunk.start_s - before_s) * chunk.sample_rate)
            if lost > 0:  # its echo was lost, too
                self.played.read(lost, round(before_s * chunk.sample_rate) - len(self._rest))
        whole = self._with_rest(chunk)
        self._next = round(whole.start_s * whole.sample_rate)
        n_whole = whole.n_samples // self._frame * self._frame
        self._rest = whole.samples[n_whole:]
        self._whole, self._cleaned = whole, []
        self._frames = iter(whole.samples[:n_whole].reshape(-1, self._frame))
        return self._rest_of(whole)

    def pass_over(self, n_samples: int, start_s: float) -> bool:
        """Leave out a block that begins at this audio time, seconds, or return False.

        Something of the voice may be in it then.
        """
        played = self.played
        if played.written != self._n_played:
            return False
        self._end_s = start_s + n_samples / played.sample_rate  # what is left out was not lost
        self._n_unjudged += n_samples
        return True

    def go_on(self) -> AudioChunk:
        """Return what `clean` would: it hangs in the canceller, on a thread that was left."""
        assert self._at is not None, "it hangs in a frame"
        assert self._whole is not None, "of a chunk"
        self._cleaned.append(self._gated(*self._at))
        return self._rest_of(self._whole)

    def _learn(self, samples: Samples) -> None:
        """Judge the room by the last frame of a block: it changes slowly, and blocks are many."""
        if len(samples) >= self._frame:
            n_frames, self._n_unjudged = self._n_unjudged // self._frame, 0
            self._noise.learn(samples[-self._frame :], n_frames)

    def _rest_of(self, whole: AudioChunk) -> AudioChunk:
        """Clean the frames that are left."""
        for frame in self._frames:
            self._cleaned.append(self._clean(frame))
        samples = np.concatenate(self._cleaned) if self._cleaned else whole.samples[:0]
        return AudioChunk(samples, whole.sample_rate, whole.start_s)

    def _follow(self, written: int) -> None:
        """Note whether anything of so many samples may still be heard.

        Where all that came since the last block has been taken back since, as its output was
        stopped, what that has played until then is in this block.
        """
        is_new, self._n_seen = written != self._n_seen, written
        is_waiting = self.played.waiting > 0
        self._is_cut = is_new and not is_waiting
        if is_new or is_waiting:
            self._tail = round(_TAIL_S / FRAME_S)
        elif not self._tail:
            self._n_played = written  # all of it: nothing is to be done before there is more

    def close(self) -> None:
        """Free the canceller."""
        if self._cancelling is not None:
            self._cancelling.close()

    def _with_rest(self, chunk: AudioChunk) -> AudioChunk:
        """Return the chunk in mono int16, with what was left over before it."""
        rest, self._rest = self._rest, self._rest[:0]
        start_s = chunk.start_s - rest.shape[0] / chunk.sample_rate
        mono = to_int16(to_mono(chunk.samples))
        return AudioChunk(np.concatenate((rest, mono)), chunk.sample_rate, start_s)

    def _clean(self, captured: Samples) -> Samples:
        if not self.played.waiting:
            self._tail = max(0, self._tail - 1)
        played = self.played.read(self._frame, self._next, self._is_cut)
        self._next += self._frame
        if self._mute:
            return self._noise.take(self._frame)
        if self._cancelling is None:
            return self._gated(captured, played)
        self._at = captured, played
        return self._gated(self._cancelling.process(captured, played), played)

    def _gated(self, left: Samples, played: Samples) -> Samples:
        """Return a frame, or noise where the assistant is all that is heard in it."""
        is_person = self._gate.feed(left, played, self._noise.level)
        return left if is_person else self._noise.take(self._frame)
