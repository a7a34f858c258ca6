"""One provider that may fill a slot, under its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from irene.errors import IreneError
from irene.providers.availability import Availability, answered
from irene.providers.border import ForeignCode, one_line
from irene.providers.provider import Provider

P = TypeVar("P", bound=Provider[Any])


@dataclass(frozen=True)
class Candidate(Generic[P]):
    """A named instance of a provider, as the configuration lists it."""

    name: str
    """name of its TOML table"""
    provider: P

    @property
    def made(self) -> Provider[Any]:
        """The provider as it was made: an output that is overheard stands in a cover."""
        made: Provider[Any] = getattr(self.provider, "overheard", self.provider)
        return made

    @property
    def is_ready(self) -> bool:
        """Whether its engine and model are there; nothing is loaded to find out."""
        return self.provider.is_loaded or self.availability.ready

    @property
    def availability(self) -> Availability:
        """Whether it can be used, or what is missing; a check that raises says what."""
        try:
            with ForeignCode():
                return answered(self.provider.check())
        except IreneError as error:
            reason = f"its check failed: {one_line(error)}"
            return Availability(False, reason, "report it to its author")
