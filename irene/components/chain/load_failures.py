"""Why the providers of a slot could not be loaded, for when none is left."""

from __future__ import annotations

from irene.domain.kinds import Kind
from irene.errors import IreneError, ModelMissingError, ProviderUnavailableError


class LoadFailures:
    """The reasons of one slot, one after another."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._reasons: list[str] = []
        self._only_models_miss = True

    def add(self, error: IreneError, reason: str) -> None:
        """Note why a provider could not be loaded or warmed up: the error, and its one line."""
        self._reasons.append(reason)
        self._only_models_miss &= isinstance(error, ModelMissingError)

    def unavailable(self) -> ProviderUnavailableError:
        """Return the error of a slot that nobody can fill; where only models miss, it says so."""
        if not self._reasons:
            return ProviderUnavailableError(
                f"no {self._kind} provider is enabled; set {self._kind}.default_provider"
            )
        kind = ModelMissingError if self._only_models_miss else ProviderUnavailableError
        return kind("; ".join(self._reasons))
