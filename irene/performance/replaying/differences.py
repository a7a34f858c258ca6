"""What a repeated session has come to differently, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from irene.performance.replaying.turns import Turn

ALIKE_S = 0.05
"""audio times that differ by no more are alike: one window of an engine"""
WAKE_ALIKE_S = 0.1
"""the same for wake words: what is told is where the block of audio ends in which it was decided"""
_SAME_TURN_S = 1.0
"""turns that begin so near to each other are about the same words"""
_NOTHING = "nothing"
_STOPPED = "cancelled"
"""reason of the end of a session in whose middle the run was stopped: nobody stops a repetition"""


@dataclass(frozen=True)
class Change:
    """One thing about a turn that is another one."""

    what: str
    """`woken by`, `speech`, `heard`, `understood`, `answered`, `ended` or `by`"""
    before: str
    after: str


@dataclass(frozen=True)
class Pair:
    """A turn of the recording, and what it has become; one of them may be missing."""

    before: Turn | None
    after: Turn | None
    changes: tuple[Change, ...]

    @property
    def is_alike(self) -> bool:
        """Whether nothing about it is another."""
        return not self.changes

    @property
    def is_understood_alike(self) -> bool:
        """Whether the same was understood, whatever was heard, answered, and when."""
        return not any(one.what in ("turn", "understood") for one in self.changes)

    @property
    def is_heard_alike(self) -> bool:
        """Whether the same text was heard."""
        return not any(one.what in ("turn", "heard") for one in self.changes)


def paired(before: Sequence[Turn], after: Sequence[Turn], is_typed: bool = False) -> list[Pair]:
    """Return the turns of a recording beside those of its repetition, in the order of the audio.

    Turns belong together that begin at about the same place; typed ones by their order.
    """
    if is_typed:
        longest = max(len(before), len(after))
        both = [(_at(before, i), _at(after, i)) for i in range(longest)]
        return [Pair(one, other, tuple(changes(one, other))) for one, other in both]
    pairs, i, j = [], 0, 0
    while i < len(before) or j < len(after):
        one, other = _at(before, i), _at(after, j)
        if one is not None and other is not None:
            if one.start_s < other.start_s - _SAME_TURN_S:
                other = None
            elif other.start_s < one.start_s - _SAME_TURN_S:
                one = None
        i, j = i + (one is not None), j + (other is not None)
        pairs.append(Pair(one, other, tuple(changes(one, other))))
    return pairs


def changes(before: Turn | None, after: Turn | None) -> Iterator[Change]:
    """Yield what is another about a turn; what the recording does not tell is not compared."""
    if before is None or after is None:
        yield Change("turn", _summary(before), _summary(after))
        return
    is_woken_alike = _is_near(before.wake_s, after.wake_s, WAKE_ALIKE_S)
    if before.wake_word != after.wake_word or not is_woken_alike:
        yield Change("woken by", _wake(before), _wake(after))
    if (_is_over(before) or before.speech) and not _is_same_speech(before.speech, after.speech):
        yield Change("speech", _span(before.speech), _span(after.speech))
    for what, one, other in _compared(before, after):
        if one != other:
            yield Change(what, one, other)


def _compared(before: Turn, after: Turn) -> Iterator[tuple[str, str, str]]:
    if _is_over(before) or before.text is not None:
        yield "language", before.language, after.language
        yield "heard", _heard(before), _heard(after)
    if before.text is not None and after.text is not None:
        yield "by", before.provider, after.provider
    if _is_over(before):
        yield "understood", _understood(before), _understood(after)
        yield "answered", _answered(before), _answered(after)
        yield "ended", before.reason, after.reason


def _is_over(turn: Turn) -> bool:
    """Whether a turn of a recording had come to its end when the recording, or the run, did."""
    return turn.reason not in ("", _STOPPED)


def _at(turns: Sequence[Turn], index: int) -> Turn | None:
    return turns[index] if index < len(turns) else None


def _is_near(one: float | None, other: float | None, alike_s: float = ALIKE_S) -> bool:
    """Whether two audio times are alike."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= alike_s


def _is_same_speech(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    if one is None or other is None:
        return one is other
    return _is_near(one[0], other[0]) and _is_near(one[1], other[1])


def _summary(turn: Turn | None) -> str:
    return "no such turn" if turn is None else f"{_heard(turn)}, {turn.reason or 'unfinished'}"


def _wake(turn: Turn) -> str:
    if turn.wake_s is None:
        return "no wake word"
    return f"{turn.wake_word} at {turn.wake_s:.2f} s"


def _span(speech: tuple[float, float] | None) -> str:
    return "none" if speech is None else f"{speech[0]:.2f} s to {speech[1]:.2f} s"


def _heard(turn: Turn) -> str:
    return _NOTHING if turn.text is None else f'"{turn.text}"'


def _understood(turn: Turn) -> str:
    if not turn.intent:
        return _NOTHING
    slots = ", ".join(f"{name}={value}" for name, value in sorted(turn.slots.items()))
    return f"{turn.intent} ({slots})" if slots else turn.intent


def _answered(turn: Turn) -> str:
    said = " / ".join(f'"{text}"' for text in turn.answers) or _NOTHING
    return f"{said}, asks for {turn.asks}" if turn.asks else said
