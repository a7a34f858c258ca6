"""What recognisers have refused for good, so that they are not asked again and again."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

from irene.errors import IreneError
from irene.providers.asr import Asr, AsrRequest

_Key = tuple[int, str | None, str | None]


class Refusals:
    """Errors that come again whenever the same is asked, such as a language that is not known.

    They say nothing about the health of a recogniser, and asking once more is of no use.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._errors: WeakKeyDictionary[Asr[Any], dict[_Key, IreneError]] = WeakKeyDictionary()

    def of(self, provider: Asr[Any], request: AsrRequest) -> IreneError | None:
        """Return why a recogniser does not take such a request; None when it may."""
        with self._lock:
            return self._errors.get(provider, {}).get(_key(request))

    def note(self, provider: Asr[Any], request: AsrRequest, error: IreneError) -> None:
        """Note that a recogniser does not take such a request."""
        with self._lock:
            self._errors.setdefault(provider, {})[_key(request)] = error


def _key(request: AsrRequest) -> _Key:
    digest = None if request.grammar is None else request.grammar.digest
    return request.sample_rate, request.language, digest
