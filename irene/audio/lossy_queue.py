"""A bounded queue of frames that says where frames are missing, and joins what lies around."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

import numpy as np

from irene.audio.crossfade import crossfade
from irene.audio.ring_buffer import RingBuffer
from irene.domain.audio import AudioFormat, LostAudio, Samples


@dataclass(slots=True)
class _Gap:
    """A place where frames are missing."""

    position: int
    """of the first frame behind it"""
    outgoing: Samples
    """what would have come there: it is faded out"""
    lost: Counter[str] = field(default_factory=Counter)
    """frames by reason"""

    def follow(self, frames: Samples, fade: int) -> None:
        """Note what comes behind all that is lost so far, until there is enough to fade out."""
        known = self.outgoing.shape[0] - self.lost.total()  # less than none: some were not kept
        missing = fade - self.outgoing.shape[0]
        if missing > 0 and 0 <= known < frames.shape[0]:
            self.outgoing = np.concatenate((self.outgoing, frames[known : known + missing]))


class LossyQueue:
    """First in, first out; when it is full the oldest frames go. Used by one thread at a time.

    Around a gap the sound before it is faded into the sound behind it, so that there is no click.
    What is taken at once never reaches over a gap, so a loss lies exactly before what was taken.
    """

    def __init__(self, audio_format: AudioFormat, frames: int, fade: int, pre_warm: bool) -> None:
        """`frames` is the most that wait; gaps are faded over `fade`, at most half as many."""
        channels = audio_format.channels
        self._ring = RingBuffer(frames, audio_format.dtype, channels, overflow="refuse")
        self._gaps: deque[_Gap] = deque()
        self.capacity = frames
        """frames"""
        self.fade = min(fade, frames // 2)
        """frames that are needed behind a gap"""
        self.lost: Counter[str] = Counter()
        """frames that were ever lost, by reason"""
        if pre_warm:
            self._touch(np.zeros((frames, channels), audio_format.dtype))

    def __len__(self) -> int:
        """Return the frames that wait."""
        return len(self._ring)

    @property
    def has_gaps(self) -> bool:
        """Whether frames are missing before, among or behind those that wait."""
        return bool(self._gaps)

    def append(self, frames: Samples, reason: str) -> bool:
        """Add frames; return whether there was room, or else the oldest were lost."""
        excess = frames.shape[0] - self._ring.free
        if excess <= 0:
            self._ring.append(frames)
            return True
        self._drop_oldest(min(excess, len(self._ring)), reason)
        too_many = frames.shape[0] - self.capacity
        if too_many > 0:
            self.skip(frames[:too_many], reason)
            frames = frames[too_many:]
        self._ring.append(frames)
        return False

    def skip(self, frames: Samples, reason: str) -> None:
        """Lose frames instead of adding them."""
        end = self._ring.total
        if not (self._gaps and self._gaps[-1].position == end):
            self._gaps.append(_Gap(end, frames[:0]))
        gap = self._gaps[-1]
        gap.follow(frames, self.fade)
        self._lose(gap, frames.shape[0], reason)

    def forget_losses(self) -> None:
        """Count losses from now on, and drop what waits before the last one."""
        if self._gaps:
            self._ring.discard(self._gaps[-1].position - self._ring.position)
            self._gaps.clear()
        self.lost.clear()

    def ready(self, wanted: int) -> int:
        """Return how many frames can be taken when so many are wanted; 0: wait for more.

        Fewer come only before a gap, more behind one: as many as it takes to fade in.
        """
        wanted = max(wanted, self.fade) if self._is_behind_gap() else wanted
        position = self._ring.position
        for gap in self._gaps:
            if gap.position > position:
                return min(wanted, gap.position - position)
        return wanted if len(self._ring) >= wanted else 0

    def take(self, n_frames: int) -> tuple[Samples, tuple[LostAudio, ...]]:
        """Take frames out, no more than are `ready`; return them and what is missing before."""
        gap = self._gaps.popleft() if self._is_behind_gap() else None
        frames = self._ring.consume(n_frames)
        if gap is None:
            return frames, ()
        gap.follow(frames, self.fade)
        n_fade = min(gap.outgoing.shape[0], frames.shape[0])
        frames[:n_fade] = crossfade(gap.outgoing[:n_fade], frames[:n_fade])
        return frames, tuple(LostAudio(count, reason) for reason, count in gap.lost.items())

    def _is_behind_gap(self) -> bool:
        return bool(self._gaps) and self._gaps[0].position == self._ring.position

    def _drop_oldest(self, count: int, reason: str) -> None:
        """Drop frames, and those before a later gap that would be too few to fade in."""
        if not count:
            return
        if not self._is_behind_gap():
            self._gaps.appendleft(_Gap(self._ring.position, self._ring.peek(0)))
        gap = self._gaps[0]
        while True:
            later = self._gaps[1] if len(self._gaps) > 1 else None
            n_before = later.position - gap.position if later else len(self._ring)
            gap.follow(self._ring.peek(min(n_before, self.fade)), self.fade)
            merges = later is not None and n_before - count < max(1, self.fade)
            n_dropped = n_before if merges else count
            gap.position += self._ring.discard(n_dropped)
            self._lose(gap, n_dropped, reason)
            if later is None or not merges:
                return
            gap.follow(later.outgoing, self.fade)
            gap.lost.update(later.lost)
            del self._gaps[1]
            count = max(0, count - n_dropped)

    def _lose(self, gap: _Gap, count: int, reason: str) -> None:
        gap.lost[reason] += count
        self.lost[reason] += count

    def _touch(self, zeros: Samples) -> None:
        """Write to all memory, so that no page of it has to be found while audio waits."""
        self._ring.append(zeros if self._ring.channels > 1 else zeros[:, 0])
        self._ring.clear()
