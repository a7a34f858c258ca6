"""`${VAR}`, `${VAR:-default}` and `${file:PATH}` inside the texts of a configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from irene.config.secrets import is_secret
from irene.files.places import expand_home
from irene.files.text import why_unreadable

_REFERENCE = re.compile(r"(\$)?\$\{(?:file:([^}]+)\}|([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?")
_LONGEST = 100_000
"""bytes that a file for one value may have"""


class Substitution:
    """Replaces references to environment variables and files, and remembers what it met.

    `$${` stands for a literal `${`. As in a shell, `:-` also covers an empty variable. A file is
    what it holds, without the end of its last line; its name alone is looked for among the
    credentials that systemd has for a service first (`$CREDENTIALS_DIRECTORY`, systemd.exec(5)).
    """

    def __init__(self, environ: Mapping[str, str], folder: Path | None = None) -> None:
        """Look for files in `folder` where their paths are relative; None: where irene runs."""
        self._environ = environ
        self._folder = folder or Path()
        self.missing: list[str] = []
        """what is wrong, one text per reference that could not be replaced"""
        self.used: list[str] = []
        """names of the variables that were referred to"""
        self.is_secret = False
        """whether a file, or a variable of a secret name, went into it"""

    def apply(self, value: Any) -> Any:
        """Return the value with every reference in its texts replaced; lists are entered."""
        if isinstance(value, str):
            return _REFERENCE.sub(self._replace, value) if "${" in value else value
        if isinstance(value, (list, tuple)):
            return [self.apply(item) for item in value]
        if isinstance(value, dict):
            return {key: self.apply(item) for key, item in value.items()}
        return value

    def _replace(self, found: re.Match[str]) -> str:
        escaped, file, name, default = found.groups()
        if escaped:
            return found[0][1:]
        if file is not None:
            return self._content(file)
        if name is None:
            self.missing.append(
                "'${' opens no reference: write ${NAME}, ${NAME:-default}, ${file:PATH} or $${"
            )
            return found[0]
        self.used.append(name)
        self.is_secret |= is_secret(name)
        value = self._environ.get(name)
        if default is not None:
            return value or default
        if value is None:
            self.missing.append(f"environment variable {name} is not set")
            return found[0]
        return value

    def _content(self, file: str) -> str:
        """Return what a file holds; nothing, and note it, where it cannot be read."""
        self.is_secret = True
        path = self._path(file)
        try:
            with path.open("rb") as opened:
                content = opened.read(_LONGEST + 1)
            if len(content) > _LONGEST:
                raise ValueError(f"has more than {_LONGEST} bytes")
            return content.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError) as error:
            reason = why_unreadable(error)
        except ValueError as error:
            reason = str(error)
        self.missing.append(f"{path}: {reason}")
        return ""

    def _path(self, file: str) -> Path:
        credentials = self._environ.get("CREDENTIALS_DIRECTORY")
        if credentials and len(Path(file).parts) == 1:
            credential = Path(credentials) / file
            if credential.is_file():
                return credential
        return self._folder / expand_home(file)


def is_reference(text: str) -> bool:
    """Say whether the text is one reference to a variable and nothing else."""
    found = _REFERENCE.fullmatch(text)
    return found is not None and found[1] is None and found[3] is not None


def files_named_in(text: str, folder: Path) -> list[Path]:
    """Return the files that `${file:PATH}` in a text refers to, seen from a folder."""
    names = {found[2] for found in _REFERENCE.finditer(text) if found[2] and not found[1]}
    return [folder / expand_home(name) for name in sorted(names)]
