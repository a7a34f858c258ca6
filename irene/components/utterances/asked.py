"""Who was asked to hear one utterance, and why each of them failed."""

from __future__ import annotations

from collections.abc import Mapping

from irene.components.chain.attempts import named
from irene.domain.kinds import Kind
from irene.errors import IreneError, ProviderFailedError

_NOBODY = "asr"
"""stands for a recogniser where none could be found"""


class AskedRecognisers:
    """The recognisers that were asked, and failed; for the thread of the supervisor.

    Those that raised may be asked again, once while the utterance goes on and once at its end: what
    they stumbled over may have passed.
    """

    def __init__(self) -> None:
        self.names: frozenset[str] = frozenset()
        """those that are not to be asked any more"""
        self._errors: dict[str, IreneError] = {}
        self._raised: set[str] = set()
        self._may_ask_again = True
        self.may_ask_at_end = True
        """whether those that raised may be asked when everything has been said"""

    @property
    def errors(self) -> Mapping[str, IreneError]:
        """Why recognisers failed, by name, in the order in which they did; from any thread."""
        return self._errors

    @property
    def may_ask_again(self) -> bool:
        """Whether there are some that may be asked again now."""
        return self._may_ask_again and bool(self._raised)

    def failed(self, name: str, error: IreneError, *, may_try_again: bool = False) -> None:
        """Note why one failed, and whether it may hear the utterance once more."""
        self.names |= {name}
        self._errors[name] = error
        if may_try_again:
            self._raised.add(name)

    def found_nobody(self, error: IreneError | None, *, at_end: bool) -> None:
        """Note that nobody else is there to ask; an error is that of looking for somebody.

        What was found `at_end` of the utterance is not looked for again.
        """
        if error is not None:
            self._errors.setdefault(_NOBODY, error)
        self.may_ask_at_end &= not at_end

    def again(self) -> None:
        """Let those be asked that raised: once now, and once more at the end of the utterance."""
        self.may_ask_at_end &= self._may_ask_again
        self._may_ask_again = False
        self.names -= self._raised
        self._raised.clear()

    def reason(self) -> IreneError | None:
        """Return why there is no text, in one error; None when nobody has failed."""
        errors = [
            error if name == _NOBODY else named(error, Kind.ASR, name)
            for name, error in self._errors.items()
        ]
        if len(errors) > 1 and any(error.retryable for error in errors):
            return ProviderFailedError("; ".join(map(str, errors)))
        return errors[0] if errors else None
