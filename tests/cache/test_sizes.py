"""What a value really takes."""

import mmap
import sys
import tracemalloc
from collections import deque
from dataclasses import dataclass

import numpy as np
import pytest

from irene.cache.sizes import size_of


@dataclass(frozen=True, slots=True)
class Slotted:
    """A value without a table of attributes."""

    samples: object
    name: str = "name"


@dataclass(frozen=True)
class Open:
    """A value with one."""

    samples: object


class Secret:
    """Has a name that Python mangles."""

    __slots__ = ("__samples",)

    def __init__(self, samples):
        self.__samples = samples


def samples():
    """Return 40 kB of sound."""
    return np.zeros(20_000, np.int16)


@pytest.mark.parametrize(
    "make",
    [
        samples,
        lambda: samples()[:10],
        lambda: samples().reshape(2, -1).T,
        lambda: b"x" * 40_000,
        lambda: "x" * 40_000,
        lambda: memoryview(b"x" * 40_000),
        lambda: np.frombuffer(b"x" * 40_000, np.int16),
        lambda: np.frombuffer(mmap.mmap(-1, 40_000), np.int16),
        lambda: [samples()],
        lambda: {"key": (samples(),)},
        lambda: deque([samples()]),
        lambda: frozenset(["x" * 40_000]),
        lambda: Slotted(samples()),
        lambda: Open(samples()),
        lambda: Secret(samples()),
        lambda: np.array([samples(), None], dtype=object),
    ],
)
def test_a_value_counts_with_all_that_it_keeps_alive(make):
    """Be it in a view, in a container or in an attribute."""
    assert 40_000 <= size_of(make()) <= 41_500


def test_shared_objects_count_once():
    """Two views of one memory hold it once, and so do ten references."""
    one = samples()
    assert size_of([one[:10], one[10:], one]) < 41_000
    assert size_of([one] * 10) < 41_000


def test_a_value_that_refers_to_itself_has_a_size():
    """The walk ends."""
    loop = [samples()]
    loop.append(loop)
    assert size_of(loop) < 41_000


def test_classes_functions_and_modules_do_not_count():
    """They belong to the program."""
    assert size_of([samples, Slotted, sys]) < 200


def test_the_size_is_what_the_allocator_gave():
    """Within a tenth of what tracemalloc counts for the same value."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    value = [{"samples": np.ones(5000, np.float32), "text": f"{n} text"} for n in range(50)]
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert size_of(value) == pytest.approx(taken, rel=0.1)
