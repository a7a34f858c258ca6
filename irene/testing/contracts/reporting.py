"""What pytest prints of a check that failed or was skipped."""

from __future__ import annotations

from typing import Any

from irene.testing.contracts.breach import ContractBrokenError
from irene.testing.contracts.contract import ProviderContract
from irene.testing.contracts.running import sentence_of


def amend_report(report: Any, item: Any, call: Any, no_skips: bool) -> None:
    """Shorten the report of a broken contract to what its author needs.

    Args:
        report: pytest's report of one phase of a test.
        item: the test.
        call: how the phase ended.
        no_skips: whether a check that was skipped has failed.
    """
    if call.excinfo is None or not issubclass(item.cls, ProviderContract):
        return
    error = call.excinfo.value
    if isinstance(error, ContractBrokenError):
        report.longrepr = "\n".join(_lines(item, error))
    elif no_skips and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"skipped: {error}"


def _lines(item: Any, error: ContractBrokenError) -> list[str]:
    provider = item.cls.provider
    return [
        f"provider: {provider.kind}.{getattr(provider, 'name', provider.__name__)}"
        f" ({provider.__module__}.{provider.__qualname__})",
        f"contract: {sentence_of(item.function)}",
        f"happened: {error.happened}",
        f"cure:     {error.cure}",
    ]
