"""Why a plugin works or does not: where it came from, what is wrong with it, and the cure."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from irene.errors import IreneError
from irene.providers.border import ForeignCode

_OWN_CODE = Path(__file__).parents[1]
_IMPORTING = ("importlib", "metadata", "pluggy")
"""folders of the code that imports plugins and calls them"""


@dataclass(frozen=True)
class Failure:
    """What went wrong when a plugin was loaded."""

    place: str = ""
    """file and line of the plugin's own code, such as `tea.py:12`; empty where it is none of it"""
    cure: str = ""
    """what its author or user can do, one line"""


def failure_of(error: IreneError, module: str, distribution: str) -> Failure:
    """Return where a plugin failed, and the cure."""
    cause = error.__cause__
    if cause is None:
        return Failure(cure=getattr(error, "cure", ""))
    return Failure(_place(cause.__traceback__), _cure(cause, module, distribution))


def file_of(module: str) -> str:
    """Return the file of a module, or an empty text where none is found; it is not imported."""
    if module.endswith(".py"):
        return module
    name = module.partition(":")[0]
    found = getattr(sys.modules.get(name), "__file__", None)
    if found is None:
        try:
            with ForeignCode():
                spec = importlib.util.find_spec(name)
        except IreneError:
            return ""
        found = spec.origin if spec is not None else None
    return found or ""


def _cure(cause: BaseException, module: str, distribution: str) -> str:
    if isinstance(cause, ModuleNotFoundError):
        missing = cause.name or "it"
        if missing == module.partition(".")[0]:
            return (
                f"the entry point names a module that is not there: install it anew"
                f" (pip install --force-reinstall {distribution or 'DISTRIBUTION'})"
            )
        return (
            f"install {missing}; its author imports it in `_load` instead of at the top, and lets"
            f" `_check` return needs_package({missing!r}, ...)"
        )
    if isinstance(cause, SyntaxError):
        return "correct the line; it may need a newer Python"
    if isinstance(cause, ImportError):
        return "take only names that `irene` and `irene.testing` offer"
    if isinstance(cause, AttributeError) and ":" in module:
        return "let the entry point name the module alone, without an object behind a colon"
    return "tell its author, or disable it: [plugins] disabled = [...]"


def _place(trace: TracebackType | None) -> str:
    """Return the last line of the plugin's own code that an error came through."""
    places = []
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        is_irenes = _OWN_CODE in path.parents or path.parent.name in _IMPORTING
        if not is_irenes and not path.name.startswith("<"):
            places.append(f"{path.name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-1] if places else ""
