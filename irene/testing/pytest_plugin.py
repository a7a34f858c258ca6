"""The pytest plugin of irene: short reports of broken contracts, and fixtures for plugins' tests.

Nothing of irene but this module is imported before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from irene.testing.clock import VirtualClock
    from irene.testing.services import ScriptedServices
    from irene.testing.session import ScriptedSession


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that makes a missing engine a failure."""
    parser.addoption(
        "--irene-no-skips",
        action="store_true",
        help="fail where a check of a provider's contract would be skipped",
    )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: Any, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """Report a broken contract in four lines: what, where, the contract, the cure."""
    outcome: Any = yield
    suite = getattr(item, "cls", None)
    if suite is None or not hasattr(suite, "teardown_class") or not hasattr(suite, "provider"):
        return
    from irene.testing.contracts.reporting import amend_report

    amend_report(outcome.get_result(), item, call, item.config.getoption("--irene-no-skips"))


@pytest.fixture
def virtual_clock() -> VirtualClock:
    """Time that only moves when the test says so."""
    from irene.testing.clock import VirtualClock

    return VirtualClock()


@pytest.fixture
def scripted_services(tmp_path: Path, virtual_clock: VirtualClock) -> ScriptedServices:
    """The assistant as its handlers see it, on the virtual clock."""
    from irene.testing.services import ScriptedServices

    return ScriptedServices(tmp_path, virtual_clock)


@pytest.fixture
def scripted_session(tmp_path: Path) -> ScriptedSession:
    """An assistant of scripted providers, among which the test puts its own."""
    from irene.testing.session import ScriptedSession

    return ScriptedSession(state_folder=tmp_path)
