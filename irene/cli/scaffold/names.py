"""What a new plugin is called: its distribution, module and classes, all from one name."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from irene.domain.kinds import Kind
from irene.errors import ConfigurationError

_LONGEST = 40


@dataclass(frozen=True)
class PluginNames:
    """The names that come from a kind and the name of a provider."""

    kind: Kind
    provider: str
    """what the configuration calls it, such as `kitchen_radio`"""

    @classmethod
    def of(cls, kind: Kind, name: str) -> PluginNames:
        """Return the names, if this is one.

        Raises:
            ConfigurationError: it is not; the message says what is.
        """
        if re.fullmatch(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*", name) is None:
            raise ConfigurationError(
                f"{name!r} is no name for a provider; use lower-case letters, digits and single"
                " `_` or `-`, a letter first"
            )
        if len(name) > _LONGEST:
            raise ConfigurationError(f"{name!r} is too long; use {_LONGEST} characters at most")
        if keyword.iskeyword(name):
            raise ConfigurationError(f"{name!r} is a word of Python; choose another name")
        return cls(kind, name)

    @property
    def distribution(self) -> str:
        """Name of the package to install, such as `irene-vad-kitchen-radio`."""
        return f"irene-{self.kind}-{self.provider}".replace("_", "-")

    @property
    def module(self) -> str:
        """Name of the module to import, such as `irene_vad_kitchen_radio`."""
        return self.distribution.replace("-", "_")

    @property
    def class_prefix(self) -> str:
        """Beginning of the names of its classes, such as `KitchenRadio`."""
        return "".join(part.capitalize() for part in re.split("[_-]", self.provider))

    def in_place_of(self, other: PluginNames, text: str) -> str:
        """Return a text about another plugin of the kind as one about this."""
        text = text.replace(other.distribution, self.distribution)
        text = text.replace(other.module, self.module)
        text = re.sub(rf"{other.class_prefix}(?=[A-Z])", self.class_prefix, text)
        return re.sub(rf"\b{re.escape(other.provider)}\b", self.provider, text)
