"""What a check says when a provider does not keep its contract."""

from __future__ import annotations


class ContractBrokenError(AssertionError):
    """A provider broke its contract: what happened, and how its author cures it."""

    def __init__(self, happened: str, cure: str) -> None:
        super().__init__(f"{happened}; {cure}")
        self.happened = happened
        """one line"""
        self.cure = cure
        """one line, in the imperative"""


def require(is_kept: bool, happened: str, cure: str) -> None:
    """Go on where a part of the contract is kept.

    Raises:
        ContractBrokenError: it is not.
    """
    __tracebackhide__ = True
    if not is_kept:
        raise ContractBrokenError(happened, cure)
