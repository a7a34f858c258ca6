"""The recorded sessions that a command line names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from irene.cli.configuration import ChosenConfig
from irene.errors import AudioFormatError, ConfigurationError
from irene.files.places import expand_home
from irene.pipeline.recording.layout import SUFFIX, UNFINISHED
from irene.pipeline.recording.place import recordings_folder, recordings_in

LAST = "last"
"""what the newest recording is called"""


class Recordings:
    """The folder of an assistant's recordings, and files of others."""

    def __init__(self, chosen: ChosenConfig) -> None:
        self.folder = _folder_of(chosen)
        """where recordings of this assistant lie"""

    def all(self) -> list[Path]:
        """Return those of the folder, oldest first."""
        return recordings_in(self.folder)

    def named(self, names: Sequence[str]) -> Iterator[Path]:
        """Yield what is meant: a file, the name of one in the folder, `last`, or a whole folder.

        Raises:
            AudioFormatError: there is no such recording.
        """
        for name in names:
            yield from self._named(name)

    def trusts(self, path: Path) -> bool:
        """Say whether a recording is one of this assistant's own."""
        return path.absolute().parent == self.folder.absolute()

    def _named(self, name: str) -> list[Path]:
        if name == LAST and not Path(name).exists():
            return self._newest()
        path = expand_home(name)
        if path.is_dir() and not path.name.endswith(UNFINISHED):
            found = recordings_in(path)
            if not found:
                raise AudioFormatError(f"{path}: there are no recorded sessions in this folder")
            return found
        places = (path, self.folder / f"{name}{SUFFIX}", self.folder / f"{name}{UNFINISHED}")
        return [next((place for place in places if place.exists()), path)]

    def _newest(self) -> list[Path]:
        found = self.all()
        if not found:
            raise AudioFormatError(
                f"{self.folder}: nothing is recorded yet; irene run --set recorder.enabled=true"
            )
        return found[-1:]


def _folder_of(chosen: ChosenConfig) -> Path:
    """Return the folder that a configuration names; of a wrong one, that of the default one."""
    for one in (chosen, ChosenConfig("default")):
        with suppress(ConfigurationError):
            return recordings_folder(one.load(one.registry()))
    return Path()
