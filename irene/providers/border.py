"""The border to foreign code: whatever an engine raises becomes one expected error."""

from __future__ import annotations

from types import TracebackType
from typing import Literal

from irene.errors import IreneError, ProviderFailedError


class ForeignCode:
    """A `with` block around calls into a plugin: any exception leaves it as an `IreneError`.

    Expected errors pass as they are; `KeyboardInterrupt` and `GeneratorExit` do, too. Everything
    else, a call of `sys.exit` included, becomes a `ProviderFailedError` whose message is one line.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix

    def __enter__(self) -> ForeignCode:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Literal[False]:
        foreign = isinstance(error, (Exception, SystemExit)) and not isinstance(error, IreneError)
        if error is not None and foreign:
            raise ProviderFailedError(self._prefix + one_line(error)) from error
        return False


def one_line(error: BaseException) -> str:
    """Return an exception as one line; an expected error without its type."""
    text = (str(error).strip().splitlines() or [""])[0]
    if isinstance(error, IreneError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
