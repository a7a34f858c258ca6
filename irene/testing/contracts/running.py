"""Running the checks of a contract without pytest, one after the other, with a time limit."""

from __future__ import annotations

import inspect
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from typing import Any
from unittest import SkipTest

from irene.providers.border import one_line
from irene.testing.contracts.breach import ContractBrokenError
from irene.testing.contracts.contract import ProviderContract

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
SLOW_S = 5.0
"""seconds after which it is told that a check takes long"""
_OWN_CODE = Path(__file__).parents[2]


@dataclass(frozen=True)
class CheckResult:
    """How one check of one provider ended."""

    check: str
    """name of the check, such as `reset_is_as_good_as_a_new_stream`"""
    contract: str
    """the sentence of the contract"""
    outcome: str
    """`passed`, `failed` or `skipped`"""
    happened: str = ""
    """what was wrong, or why it was skipped; one line"""
    cure: str = ""
    """what its author can do; one line"""


def checks_of(suite: type[Any]) -> list[str]:
    """Return the names of the methods of a suite that are checks, in the order of their text."""
    found: dict[str, None] = {}
    for cls in reversed(suite.__mro__):
        found.update(dict.fromkeys(name for name in vars(cls) if name.startswith("test_")))
    return list(found)


def sentence_of(check: Any) -> str:
    """Return the first sentence of a check's docstring: the contract."""
    text = inspect.getdoc(check) or ""
    return " ".join(text.partition("\n\n")[0].split())


def run_suite(
    suite: type[ProviderContract],
    limit_s: float,
    tell_slow: Callable[[str], None] = lambda line: None,
    slow_s: float = SLOW_S,
) -> Iterator[CheckResult]:
    """Run every check of a suite and yield how it ended; one that hangs ends the suite.

    Args:
        suite: the contract of a kind, with its provider set (`contract_of`).
        limit_s: longest time that a check may take, seconds.
        tell_slow: is told in a line which check takes long, and where it is, while it does.
        slow_s: seconds after which it is told, once for each check.
    """
    names = checks_of(suite)
    is_hanging = False
    for name in names:
        if is_hanging:
            yield _result(suite, name, SKIPPED, "a check before it did not come back")
            continue
        check = _RunningCheck(suite, name)
        result = check.wait(min(slow_s, limit_s))
        if result is None and limit_s > slow_s:
            tell_slow(_slow_line(name, slow_s, limit_s))
            result = check.wait(limit_s - slow_s)
        is_hanging = result is None
        yield result or _result(
            suite,
            name,
            FAILED,
            f"it had not come back after {limit_s:g} s{_hang(name)}",
            "return in time, or raise `ProviderFailedError`",
        )
    if not is_hanging:
        suite.teardown_class()


def _slow_line(name: str, slow_s: float, limit_s: float) -> str:
    check = name.removeprefix("test_")
    return (
        f"{check} has not come back for {slow_s:g} s{_hang(name)};"
        f" after {limit_s:g} s it has failed"
    )


class _RunningCheck:
    """One check, on a thread of its own."""

    def __init__(self, suite: type[Any], name: str) -> None:
        found: list[CheckResult] = []
        self._found = found
        self._thread = threading.Thread(
            target=lambda: found.append(_judged(suite, name)), name=f"check {name}", daemon=True
        )
        self._thread.start()

    def wait(self, limit_s: float) -> CheckResult | None:
        """Return how it ended; None when it does not come back within so many seconds."""
        self._thread.join(limit_s)
        return self._found[0] if self._found else None


def _judged(suite: type[Any], name: str) -> CheckResult:
    try:
        getattr(suite(), name)()
    except SkipTest as reason:
        return _result(suite, name, SKIPPED, one_line(reason).removeprefix("SkipTest: "))
    except ContractBrokenError as broken:
        return _result(suite, name, FAILED, broken.happened, broken.cure)
    except BaseException as error:  # noqa: BLE001 - anything that foreign code raises is a result
        cure = "raise one of irene's errors where this is expected, else mend it"
        return _result(suite, name, FAILED, one_line(error) + _place(error), cure)
    return _result(suite, name, PASSED)


def _result(
    suite: type[Any], name: str, outcome: str, happened: str = "", cure: str = ""
) -> CheckResult:
    sentence = sentence_of(getattr(suite, name))
    return CheckResult(name.removeprefix("test_"), sentence, outcome, happened, cure)


def _place(error: BaseException) -> str:
    """Return the line of the author's code that an error came through: ` (tea.py:12)`."""
    return _foreign(traceback.extract_tb(error.__traceback__))


def _hang(name: str) -> str:
    """Return the line of the author's code that a check which does not come back is in."""
    frames = sys._current_frames()
    at = next((one.ident for one in threading.enumerate() if one.name == f"check {name}"), None)
    return _foreign(traceback.extract_stack(frames[at])) if at in frames else ""


def _foreign(frames: Iterable[traceback.FrameSummary]) -> str:
    """Return the last place in what irene called, not in a library that this calls in turn."""
    places = [(Path(one.filename), one.lineno) for one in frames]
    called = dropwhile(lambda place: _OWN_CODE not in place[0].parents, places)
    foreign = [place for place in called if _OWN_CODE not in place[0].parents]
    own = [place for place in foreign if place[0].parent == foreign[0][0].parent]
    return f" ({own[-1][0].name}:{own[-1][1]})" if own else ""
