"""The tree of errors, in the table of their page."""

from __future__ import annotations

import inspect

import irene.errors
from irene.cli.reference.tables import replaced
from irene.config.fields import summary_of
from irene.errors import IreneError

_HEAD = ("class", "code", "exit status", "retryable", "meaning")


def render(page: str) -> str:
    """Return the page with a row for each class, in the order of the module."""
    return replaced(page, "## The tree", _HEAD, [_row(one) for one in _classes()])


def _classes() -> list[type[IreneError]]:
    return [
        one
        for _, one in vars(irene.errors).items()
        if inspect.isclass(one) and issubclass(one, IreneError)
    ]


def _row(error: type[IreneError]) -> tuple[str, ...]:
    above = error.__mro__[1]
    meaning = summary_of(error).rstrip(".")
    if above is not IreneError and error is not IreneError:
        meaning += f"; a `{above.__name__}`"
    retryable = "yes" if error.retryable else "no"
    return (f"`{error.__name__}`", f"`{error.code}`", str(error.exit_code), retryable, meaning)
