"""Draws the pictures of the documentation anew: `python -m irene.cli.pictures [NAME...]`.

Every picture is what a command printed on this machine, in an empty home. Those of a running
assistant take a minute: it hears the demonstration's question again and again.
"""

from __future__ import annotations

import argparse
import time
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO

from irene.cli.pictures.session import Home, new_home
from irene.cli.pictures.shots import SHOTS, Shot
from irene.config.sources import checkout

_CONFIG = """\
[asr]
strategy = "round_robin"
fallback_providers = ["second"]

[asr.providers.second]
type = "pocketsphinx"

[outputs]
default_provider = "none"
"""
"""what the assistant that is looked at runs with"""
_BY_NAME = {shot.name: shot for shot in SHOTS}
_BLOCK_S, _PAUSE_S = 0.04, 1.5
"""audio that is given at a time, and silence after each question, in seconds"""
_HEARD_S = 45.0
"""how long it has been asked things when it is first looked at, seconds"""


def main() -> None:
    """Draw the pictures of these names into docs/pictures, or all."""
    parser = argparse.ArgumentParser("python -m irene.cli.pictures", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(_BY_NAME))
    names = parser.parse_args().names
    if unknown := [name for name in names if name not in _BY_NAME]:
        parser.error(f"no picture is called {', '.join(unknown)}; there are {', '.join(_BY_NAME)}")
    _draw_all([_BY_NAME[name] for name in names] or list(SHOTS))


def _draw_all(chosen: Sequence[Shot]) -> None:
    folder = checkout() / "docs" / "pictures"
    with new_home() as home:
        for shot in chosen:
            if not shot.is_live:
                _draw(shot, home, folder)
        if any(shot.is_live for shot in chosen):
            with _assistant(home):
                for shot in chosen:
                    if shot.is_live:
                        _draw(shot, home, folder)


def _draw(shot: Shot, home: Home, folder: Path) -> None:
    folder.joinpath(f"{shot.name}.svg").write_text(shot.drawn(home), encoding="utf-8")
    print(f"docs/pictures/{shot.name}.svg: {shot.command}")


@contextmanager
def _assistant(home: Home) -> Iterator[None]:
    """Have an assistant run that is asked the demonstration's question again and again."""
    home.path.joinpath("irene.toml").write_text(_CONFIG, encoding="utf-8")
    ended = Event()
    with home.started(("run", "--input", "-")) as process:
        assert process.stdin is not None
        asking = Thread(target=_ask, args=(process.stdin, ended), name="asking")
        asking.start()
        try:
            time.sleep(_HEARD_S)
            yield
        finally:
            ended.set()
            asking.join()


def _ask(pipe: BinaryIO, ended: Event) -> None:
    """Speak as fast as people do, until told to end."""
    with wave.open(str(checkout() / "config" / "demo.wav")) as recording:
        rate = recording.getframerate()
        question = recording.readframes(recording.getnframes())
    size = 2 * round(rate * _BLOCK_S)
    spoken = question + bytes(2 * round(rate * _PAUSE_S))
    at, due = 0, time.monotonic()
    with suppress(BrokenPipeError), pipe:
        while not ended.is_set():
            pipe.write(spoken[at : at + size])
            pipe.flush()
            at = at + size if at + size < len(spoken) else 0
            due += _BLOCK_S
            time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
