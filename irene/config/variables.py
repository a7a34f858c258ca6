"""`${VAR}` and `${VAR:-default}` inside the texts of a configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_REFERENCE = re.compile(r"(\$)?\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?")


class Substitution:
    """Replaces references to environment variables, and remembers what it met.

    `$${` stands for a literal `${`. As in a shell, `:-` also covers an empty variable.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.missing: list[str] = []
        """what is wrong, one text per reference that could not be replaced"""
        self.used: list[str] = []
        """names of the variables that were referred to"""

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
        escaped, name, default = found.groups()
        if escaped:
            return found[0][1:]
        if name is None:
            self.missing.append("'${' opens no reference: write ${NAME}, ${NAME:-default} or $${")
            return found[0]
        self.used.append(name)
        value = self._environ.get(name)
        if default is not None:
            return value or default
        if value is None:
            self.missing.append(f"environment variable {name} is not set")
            return found[0]
        return value


def is_reference(text: str) -> bool:
    """Say whether the text is one reference and nothing else."""
    found = _REFERENCE.fullmatch(text)
    return found is not None and found[1] is None and found[2] is not None
