"""The level of a stream's background, followed frame by frame."""

from __future__ import annotations

_FALL = 0.3
"""share of the way the floor falls towards a quieter frame: a noise that stops is forgotten soon"""
_RISE_DB_PER_S = 3.0
"""how fast the floor climbs at most"""
_FIRST = 1e-6
"""highest mean square that the first frame of a stream may set the floor to (-60 dBFS)"""
_QUIETEST = 1e-9
"""mean square below which everything counts as silence (-90 dBFS)"""


class NoiseFloor:
    """Falls quickly and rises slowly (3 dB per second), so speech does not lift it.

    A new steady noise is accepted after some seconds.
    """

    __slots__ = ("_heard_any", "_rise", "level")

    def __init__(self, frame_ms: float) -> None:
        """`frame_ms` is the time from one frame to the next."""
        self.level = _QUIETEST
        """mean square, relative to full scale"""
        self._rise = 10.0 ** (_RISE_DB_PER_S * frame_ms / 10_000)
        self._heard_any = False

    def follow(self, value: float, n_frames: int = 1) -> None:
        """Take the mean square of the next frame, or of one that stands for so many."""
        # No functions of others, such as `max` or a power: this is done for every frame of silence.
        level = self.level
        value = value if value > _QUIETEST else _QUIETEST
        if value < level:
            self.level = level + _FALL * (value - level)
        elif self._heard_any:
            risen = level * (self._rise if n_frames == 1 else self._rise**n_frames)
            self.level = risen if risen < value else value
        else:
            # A stream may begin in the middle of a word: assume the floor far below it.
            self.level, self._heard_any = min(value, _FIRST), True
