"""Turning other programs down through `pactl`, on PulseAudio and on PipeWire's stand-in for it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from irene import DeviceError, replace_file

_TIMEOUT_S = 2.0
_MOST_DEBTS = 64
"""streams that are remembered at most, the latest ones"""


@dataclass(frozen=True)
class Stream:
    """What one program plays."""

    index: int
    """number that the sound server gave it; never used twice while the server runs"""
    name: str
    """the program, as it calls itself"""
    volumes: tuple[int, ...]
    """one for each channel, in the server's unit: 65536 is full, loudness its third power"""


@dataclass(frozen=True)
class Debt:
    """A stream that was lowered, and what it is owed."""

    index: int
    name: str
    original: tuple[int, ...]
    lowered: tuple[int, ...]

    def is_of(self, stream: Stream) -> bool:
        """Whether this stream has the volume that was set for it or for its forerunner.

        Sound servers remember volumes by program: one that stops while it is low starts low.
        """
        return self.name == stream.name and self.lowered == stream.volumes


class PulseDucking:
    """Lowers the streams of other programs and gives each exactly the volume it had.

    What is owed is written to a file before anything is lowered: a process that died is made good
    by the next one. A stream whose volume somebody changed meanwhile is left alone; one that has
    ended is owed to the program's next stream.
    """

    def __init__(self, share: float, folder: Path | None = None) -> None:
        """Lower to this share (0 to 1) of the loudness; debts are kept in files of the folder."""
        self._share = share
        self._folder = folder or _state_folder()
        self._file = self._folder / f"lowered-{os.getpid()}.json"
        self._debts: list[Debt] = []

    def adopt(self) -> None:
        """Take over, and pay, what processes that died owe."""
        with suppress(OSError):
            for file in self._folder.glob("lowered-*.json"):
                if not _is_alive(file):
                    self._debts += _read(file)
                    file.unlink()
        with suppress(DeviceError):  # it stays owed
            self.unduck()

    def duck(self) -> None:
        """Lower every stream of another program that is not low yet.

        Raises:
            DeviceError: the sound server refuses, or nothing can be remembered.
        """
        owed = {debt.index for debt in self._debts}
        new = [
            Debt(stream.index, stream.name, stream.volumes, self._lower(stream.volumes))
            for stream in _streams_of_others()
            if stream.index not in owed and any(stream.volumes)
        ]
        if new:
            self._debts = [*self._debts, *new][-_MOST_DEBTS:]
            self._remember()
            _set_volumes((debt.index, debt.lowered) for debt in new)

    def unduck(self) -> None:
        """Pay what is owed to streams that still play; the others keep their debt.

        Raises:
            DeviceError: the sound server refuses, or cannot be reached.
        """
        if not self._debts:
            return
        streams = {stream.index: stream for stream in _streams_of_others()}
        due: dict[int, tuple[int, ...]] = {}
        left = []
        for debt in self._debts:
            stream = streams.get(debt.index)
            if stream is None or stream.name != debt.name:
                heirs = [one for one in streams.values() if debt.is_of(one)]
                due.update((heir.index, debt.original) for heir in heirs)
                left += [] if heirs else [debt]
            elif debt.is_of(stream):
                due[stream.index] = debt.original
        _set_volumes(due.items())
        self._debts = left
        self._remember()

    def _lower(self, volumes: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(round(volume * self._share ** (1 / 3)) for volume in volumes)

    def _remember(self) -> None:
        """Write the debts down, or remove the file when there are none."""
        try:
            if not self._debts:
                self._file.unlink(missing_ok=True)
                return
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            body = {"began": _began(os.getpid()), "streams": [asdict(debt) for debt in self._debts]}
            replace_file(self._file, json.dumps(body), durable=False)
        except OSError as error:
            raise DeviceError(f"{self._file}: cannot be written ({error.strerror})") from error


def _streams_of_others() -> list[Stream]:
    """Return what other programs play; nothing when there is no server to ask."""
    try:
        listed: list[dict[str, Any]] = json.loads(_pactl("-f", "json", "list", "sink-inputs"))
    except (DeviceError, ValueError):
        return []
    own = _own_processes()
    return [
        Stream(one["index"], _name(one["properties"]), _volumes(one))
        for one in listed
        if one["properties"].get("application.process.id") not in own
    ]


def _name(properties: dict[str, str]) -> str:
    keys = ("module-stream-restore.id", "application.name", "node.name", "media.name")
    return next((properties[key] for key in keys if key in properties), "")


def _volumes(stream: dict[str, Any]) -> tuple[int, ...]:
    return tuple(int(channel["value"]) for channel in stream.get("volume", {}).values())


def _own_processes() -> set[str]:
    """Return the numbers of this process and of the programs that it plays through."""
    import psutil  # takes as long to import as all other modules of this plugin together

    this = psutil.Process()
    return {str(one.pid) for one in (this, *this.children(recursive=True))}


def _set_volumes(wanted: Iterable[tuple[int, Sequence[int]]]) -> None:
    for index, volumes in wanted:
        try:
            _pactl("set-sink-input-volume", str(index), *map(str, volumes))
        except DeviceError:
            if any(stream.index == index for stream in _streams_of_others()):
                raise


def _pactl(*arguments: str) -> str:
    """Run `pactl` and return what it prints.

    Raises:
        DeviceError: it is missing, fails or hangs.
    """
    try:
        done = subprocess.run(
            ["pactl", *arguments],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DeviceError(f"pactl: {error}") from error
    if done.returncode != 0:
        raise DeviceError(f"pactl {arguments[0]}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def _state_folder() -> Path:
    """Return `$XDG_STATE_HOME/irene` (XDG Base Directory Specification; `~/.local/state`)."""
    home = Path(os.environ.get("XDG_STATE_HOME", ""))
    if not home.is_absolute():  # it is to be ignored, then
        home = Path(os.path.expanduser("~/.local/state"))  # noqa: PTH111 - never raises
    return home / "irene"


def _began(process: int) -> float:
    import psutil

    return float(psutil.Process(process).create_time())


def _is_alive(file: Path) -> bool:
    """Say whether the process that wrote a file still runs, and not another one in its place."""
    import psutil

    try:
        began = float(json.loads(file.read_text(encoding="utf-8"))["began"])
        return _began(int(file.stem.rpartition("-")[2])) == began
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return False


def _read(file: Path) -> list[Debt]:
    """Return the debts in a file; none when it is damaged."""
    try:
        streams = json.loads(file.read_text(encoding="utf-8"))["streams"]
        return [
            Debt(int(one["index"]), str(one["name"]), tuple(one["original"]), tuple(one["lowered"]))
            for one in streams
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []
