"""How long calls of a live input may take, and whether it still brings audio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from irene.components.calls.closing import close_late
from irene.components.calls.deadline import LOAD_KEY, LateError, Limit, timed
from irene.errors import IreneError
from irene.providers.border import ForeignCode
from irene.providers.input import InputStream

_CLOSE_S = 1.0
"""longest wait for an input to close: whoever ends a run has more to do"""
_LOOKS = 4
"""looks in a row at an input that brings nothing, after which it hangs"""


@dataclass
class Patience:
    """Calls a live input, and leaves calls that hang; without limits it waits for ever."""

    hung_s: float | None = None
    """time after which a call counts as hung, seconds"""
    open_s: float | None = None
    """longest time to open, seconds"""
    on_late: Callable[[LateError], None] = lambda error: None
    """told of every call that hangs"""
    _is_opening: bool = False
    _seen: int | None = None
    _n_still: int = 0

    def opened(self, open_stream: Callable[[], InputStream]) -> InputStream:
        """Return a stream; one that comes too late is closed.

        Raises:
            IreneError: it did not open, or the attempt before still hangs.
        """
        if self._is_opening:
            raise LateError("it still hangs in `open_stream`")
        made: list[InputStream] = []

        def work() -> InputStream:
            made.append(open_stream())
            return made[0]

        try:
            return timed(work, "open_stream", Limit(self.open_s, LOAD_KEY))
        except LateError as error:

            def returned() -> None:
                self._is_opening = False
                close_late(made)

            self._is_opening = True
            self.on_late(error)
            error.on_return(returned)
            raise

    def close(self, stream: InputStream) -> None:
        """Close a stream; what cannot be closed is gone already."""
        limit_s = None if self.hung_s is None else min(self.hung_s, _CLOSE_S)
        try:
            with ForeignCode():
                timed(stream.close, "close", Limit(limit_s))
        except LateError as error:
            self.on_late(error)
        except IreneError:
            pass

    def has_stalled(self, pulse: int | None) -> bool:
        """Look once more how far it is; return whether nothing has come for too many looks.

        `pulse` is None while nothing needs to come.
        """
        self._n_still = self._n_still + 1 if pulse is not None and pulse == self._seen else 0
        self._seen = pulse
        return self._n_still == _LOOKS
