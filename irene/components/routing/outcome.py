"""What became of a call, and what that says about the provider."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    """How one call of a provider ended.

    A result without text is an answer, and so is one to silence. Who stops to listen, tears a
    session down or asks for something that the provider cannot do says nothing about its health: a
    breaker that counts those marks healthy providers down.
    """

    SUCCESS = ("success", True, False)
    """it answered"""
    EMPTY = ("empty", True, False)
    """it answered that nothing was said, or that nothing fits"""
    SILENCE = ("silence", True, False)
    """there was nothing to hear, and it said so"""
    SLOW = ("slow", True, False)
    """it answered, in more time than anybody should take"""
    CANCELLED = ("cancelled", False, False)
    """whoever asked does not want the answer any more"""
    TORN_DOWN = ("torn_down", False, False)
    """the session ended under it"""
    REFUSED = ("refused", False, False)
    """it does not do what was asked for: the language, the voice, the grammar"""
    BUSY = ("busy", False, False)
    """it had no place in time"""
    FAILED = ("failed", True, True)
    """it raised, crashed or returned nonsense"""
    NO_AUDIO = ("no_audio", True, True)
    """it was given words, said that it spoke them, and gave no sound"""
    LATE = ("late", True, True)
    """it missed the deadline; what it says later is thrown away"""

    def __init__(self, label: str, is_evidence: bool, is_failure: bool) -> None:
        self.label = label
        """stable name, for statistics"""
        self.is_evidence = is_evidence
        """whether it says something about the health of the provider"""
        self.is_failure = is_failure
        """whether it says that the provider is not well"""
        self.is_answer = label in ("success", "empty", "slow")
        """whether it came with an answer, whose time tells how fast the provider is"""

    def __str__(self) -> str:
        return self.label
