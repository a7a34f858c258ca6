"""Why a router gives out no lease, in words."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from irene.components.routing.outcome import Outcome
from irene.components.routing.provider_record import ProviderRecord
from irene.errors import ProviderFailedError, ProviderUnavailableError


def too_many_retries(kind: str, without: Collection[str]) -> ProviderFailedError:
    """Return the error of a call that the retry budget forbids."""
    return ProviderFailedError(
        f"{kind}: {', '.join(sorted(without))} failed, and too many calls were tried "
        f"again lately; see {kind}.retry_share"
    )


def nobody_left(
    kind: str, tried: Collection[str] | None
) -> ProviderUnavailableError | ProviderFailedError:
    """Return the error of a call that all have been tried for; None: there is nobody at all."""
    if tried is None:
        return ProviderUnavailableError(f"no {kind} provider is left; set {kind}.default_provider")
    names = ", ".join(sorted(tried))
    return ProviderFailedError(f"every {kind} provider has been tried: {names}")


def busy(kind: str, record: ProviderRecord[Any], patience_s: float | None) -> ProviderFailedError:
    """Count a call that found no place in time, and return its error."""
    record.outcomes[Outcome.BUSY.label] += 1
    return ProviderFailedError(
        f"{kind} provider {record.name!r} has been busy for {patience_s or 0:g} s; "
        f"raise {kind}.providers.{record.name}.max_concurrency"
    )
