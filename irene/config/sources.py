"""Finding the configuration: a path, a shipped profile, or the usual places."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from irene.config.problems import Problem, nearest
from irene.errors import ConfigurationError
from irene.files.places import expand_home, user_folder
from irene.files.text import undecodable_line, why_undecodable, why_unreadable

FILE_NAME = "irene.toml"
"""What a configuration is called where no path is given."""

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class ConfigSource:
    """The text of a configuration and where it was found."""

    name: str
    """name of the profile, else name of the file without its ending"""
    path: Path | None
    """the file; None when the configuration was given from Python"""
    text: str
    """TOML"""

    @property
    def label(self) -> str:
        """The file as problems name it: relative to the working directory where it lies below."""
        if self.path is None:
            return self.name
        try:
            return str(self.path.absolute().relative_to(Path.cwd()))
        except ValueError:
            return str(self.path)


def find_config(source: str | Path | None) -> ConfigSource:
    """Find and read a configuration.

    Args:
        source: a path or the name of a shipped profile; None looks for `./irene.toml`, then
            `$XDG_CONFIG_HOME/irene/irene.toml`, then takes the profile `default`. A place that
            may not be looked at counts as empty.

    Raises:
        ConfigurationError: there is no such file or profile, or it cannot be read.
    """
    if source is None:
        return _usual_place()
    if isinstance(source, str) and source in profiles():
        return ConfigSource(source, profiles()[source], _read(profiles()[source]))
    path = expand_home(source)
    if _is_missing(path):
        raise _refuse(str(source), _nothing_there(path))
    return ConfigSource(path.stem, path, _read(path))


def user_config_path() -> Path:
    """Return the place of a user's own configuration (XDG Base Directory Specification)."""
    return user_folder("XDG_CONFIG_HOME", "~/.config") / "irene" / FILE_NAME


def profile_folder() -> Path:
    """Return the folder of the shipped profiles: in the package, or beside it in a checkout."""
    packaged = _PACKAGE / "profiles"
    return packaged if packaged.is_dir() else _PACKAGE.parent.parent / "config"


def checkout() -> Path:
    """Return the folder of the checkout that this is, for who writes its generated files anew.

    Raises:
        SystemExit: irene is installed; what came with a package is not to be written over.
    """
    if profile_folder().is_relative_to(_PACKAGE):
        raise SystemExit(f"{_PACKAGE} is an installed package: run this in a checkout of irene")
    return _PACKAGE.parent.parent


def profiles() -> dict[str, Path]:
    """Return the shipped profiles by name."""
    return {path.stem: path for path in sorted(profile_folder().glob("*.toml"))}


def _usual_place() -> ConfigSource:
    for path in (Path(FILE_NAME), user_config_path()):
        if os.path.exists(path):  # noqa: PTH110 - Path raises in the home of somebody else
            return ConfigSource(path.stem, path, _read(path))
    return find_config("default")


def _is_missing(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:
        return False  # reading it tells why nobody may look


def _nothing_there(path: Path) -> str:
    if path.suffix or len(path.parts) > 1:
        return "no such file"
    close = nearest(path.name, profiles())
    hint = f"did you mean {close!r}?" if close else f"profiles: {', '.join(profiles())}"
    return f"no file and no profile of that name; {hint}"


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = undecodable_line(error)
        raise _refuse(str(path), why_undecodable(error), line) from None
    except OSError as error:
        raise _refuse(str(path), f"cannot be read: {why_unreadable(error)}") from None


def _refuse(label: str, message: str, line: int | None = None) -> ConfigurationError:
    problem = Problem(label, line, "", message)
    return ConfigurationError(str(problem), [problem])
