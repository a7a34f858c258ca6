"""One process at a time: whoever comes second waits."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from irene.domain.clock import Clock

_LOOK_EVERY_S = 0.2


@contextmanager
def sole_use(path: Path, clock: Clock, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold a lock file while the block runs; the system lets go of it when the process ends.

    Args:
        path: the lock file; it is made, and left behind.
        clock: what waiting goes by.
        on_wait: is called once when another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        told = False
        while not _taken(file.fileno()):
            if not told:
                on_wait()
                told = True
            clock.sleep(_LOOK_EVERY_S)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
