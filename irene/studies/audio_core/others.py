"""The packages that irene is compared with, in whatever interpreter has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from irene.errors import ProviderUnavailableError
from irene.performance.benchmark.peer import Peer
from irene.performance.benchmark.probe import Subject
from irene.providers.border import one_line

_Found = tuple[Sequence[Subject], tuple[str, ...]]


@contextmanager
def others(
    script: Path, python: Path | None
) -> Iterator[tuple[Sequence[Subject], tuple[str, ...]]]:
    """Lend the probes of a script in another interpreter, and what a reader should know of them.

    Without an interpreter, or without the packages in it, there are none, and the note says so.
    """
    if python is None:
        yield (), (f"Not measured: `{script.stem}`, for want of `--peers` (`make bench-peers`).",)
        return
    try:
        peer = Peer(python, script)
    except ProviderUnavailableError as error:
        yield (), (f"Not measured: {one_line(error)}.",)
        return
    with peer:
        yield tuple(peer.probes.values()), (f"In an interpreter of their own: {peer.about}.",)
