"""The border to foreign code: whatever an engine raises becomes one expected error."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Literal

from irene.errors import IreneError, ProviderFailedError

_OWN_CODE = Path(__file__).parents[1]
_PASSING = (IreneError, KeyboardInterrupt, GeneratorExit)
_LONGEST = 300
"""characters of a line"""
_LONGEST_EXPECTED = 600
"""characters of the line of an expected error: what would help stands at its end"""


class ForeignCode:
    """A `with` block around calls into a plugin: any exception leaves it as an `IreneError`.

    Expected errors pass as they are; `KeyboardInterrupt` and `GeneratorExit` do, too. Everything
    else becomes a `ProviderFailedError` whose message is one line: a call of `sys.exit`, a panic
    of an engine in Rust, which is no `Exception`, and a cancellation inside of an engine that has
    an event loop of its own. So nothing may be awaited inside of the block.
    """

    def __init__(self, prefix: str = "", *, places: bool = False) -> None:
        """`places` adds file and line to what is no expected error, for authors of plugins."""
        self._prefix = prefix
        self._places = places

    def __enter__(self) -> ForeignCode:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Literal[False]:
        if error is not None and not isinstance(error, _PASSING):
            place = _place(trace) if self._places else ""
            raise ProviderFailedError(self._prefix + one_line(error) + place) from error
        return False

    @staticmethod
    def told(error: BaseException) -> IreneError:
        """Return the error as which an exception would leave such a block.

        It is for what is done many times a second: `except BaseException as error` around a call
        costs nothing, a block a fifth of a microsecond.

        Raises:
            BaseException: the exception itself, where it passes as it is and is no expected error.
        """
        if isinstance(error, IreneError):
            return error
        if isinstance(error, _PASSING):
            raise error
        told = ProviderFailedError(one_line(error))
        told.__cause__ = error
        return told


def _place(trace: TracebackType | None) -> str:
    """Return the last line of the foreign code itself, not of a library: ` (tea.py:12)`."""
    places: list[tuple[Path, int]] = []
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if _OWN_CODE not in path.parents:
            places.append((path, trace.tb_lineno))
        trace = trace.tb_next
    own = [(path, line) for path, line in places if path.parent == places[0][0].parent]
    return f" ({own[-1][0].name}:{own[-1][1]})" if own else ""


def one_line(error: BaseException) -> str:
    """Return an exception as one line; an expected error without its type."""
    text = (_text(error).strip().splitlines() or [""])[0]
    is_expected = isinstance(error, IreneError)
    longest = _LONGEST_EXPECTED if is_expected else _LONGEST
    if len(text) > longest:
        text = f"{text[:longest]} ..."
    if is_expected:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - the text of a foreign error is made by foreign code
        return ""
