"""What can go wrong in a call of a provider, and a plan of what is to go wrong when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from random import Random

from irene.errors import ConfigurationError, DeviceError, ModelMissingError

EVERY_CALL = 0
"""number of a planned fault that comes with every call"""


class Fault(str, Enum):
    """One way in which foreign code goes wrong."""

    RAISE = "raise"
    """a `RuntimeError` instead of the call"""
    ODD = "odd"
    """an exception that few think of: no `Exception`, without a text, with one that cannot be had,
    an expected error of another part"""
    EXIT = "exit"
    """`sys.exit` instead of the call"""
    HANG = "hang"
    """the call does not return before `FaultInjector.release`; then it is made after all, late"""
    SLOW = "slow"
    """the call takes a while longer"""
    EMPTY = "empty"
    """the right type with nothing in it: no text, no samples, no score, silence"""
    GARBAGE = "garbage"
    """the right type with values that cannot be: NaN, infinity, negative shares, another shape"""
    WRONG_TYPE = "wrong type"
    """something else than the contract says"""
    TWICE = "twice"
    """the call is made twice"""
    GROW = "grow"
    """the call keeps memory that nobody can use; `FaultInjector.release` frees it"""

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault that is to come."""

    site: str
    """KIND.PROVIDER.CALL, such as `asr.vosk.stream.finish`; `*` stands for any provider"""
    fault: Fault
    number: int = 1
    """the how manieth call of this site it hits, counted from 1; `EVERY_CALL` hits all of them"""

    def __str__(self) -> str:
        which = "every call" if self.number == EVERY_CALL else f"call {self.number}"
        return f"{self.site}: {self.fault} in {which}"


class Panic(BaseException):
    """What is no `Exception`, as engines in Rust raise it (`pyo3_runtime.PanicException`)."""


class UnspeakableError(Exception):
    """An error whose text cannot be had."""

    def __str__(self) -> str:
        raise ValueError("no text")


ODD_ERRORS: tuple[Callable[[], BaseException], ...] = (
    lambda: Panic("called `Option::unwrap()` on a `None` value"),
    UnspeakableError,
    RuntimeError,
    lambda: RuntimeError("first line\nsecond line\n" + "x" * 100_000),
    asyncio.CancelledError,
    lambda: StopIteration("over"),
    MemoryError,
    lambda: RecursionError("maximum recursion depth exceeded"),
    lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    lambda: KeyError("model"),
    lambda: ConfigurationError("no such key"),
    lambda: DeviceError("no such device"),
    lambda: ModelMissingError("the model has gone"),
)
"""What `Fault.ODD` raises, one of them by chance."""


def odd_error(random: Random) -> BaseException:
    """Return one of the exceptions that few think of."""
    return random.choice(ODD_ERRORS)()
