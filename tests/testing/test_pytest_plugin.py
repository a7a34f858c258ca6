"""The plugin of pytest: short reports, skips that can be forbidden, fixtures, and no cost."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

import irene.testing.contracts.reporting  # noqa: F401 - pytester forgets what its runs are first to load

pytest_plugins = ["pytester"]

SUITE = """
from irene.testing import ScriptedVad, VadContract


class Nervous(ScriptedVad):
    name = "nervous"

    def open_stream(self):
        stream = super().open_stream()
        stream.process = lambda window: 1.0
        return stream


class TestNervous(VadContract):
    provider = Nervous
"""
FIXTURES = """
from irene.testing import ScriptedServices, VirtualClock, speech


def test_session(scripted_session):
    assert "transcript" in [event.event for event in scripted_session.hears(speech())]


def test_services(scripted_services, virtual_clock):
    assert isinstance(scripted_services, ScriptedServices)
    assert scripted_services.clock is virtual_clock
    assert isinstance(virtual_clock, VirtualClock)
"""


def test_it_is_found_by_pytest():
    """By its entry point, wherever irene is installed."""
    (point,) = (one for one in entry_points(group="pytest11") if one.name == "irene")
    assert point.value == "irene.testing.pytest_plugin"


def test_a_broken_contract_is_reported_in_four_lines(pytester):
    """No trace through the code of irene."""
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_inprocess("-k", "silence_is_no_speech", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1, deselected=23)
    result.stdout.fnmatch_lines(
        [
            "provider: vad.nervous (*.Nervous)",
            "contract: Digital silence is no speech.",
            "happened: silence has the probability 1.00",
            "cure:     answer 0 where nothing is heard",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*breach.py*")


def test_a_skipped_check_can_be_a_failure(pytester):
    """`--irene-no-skips` is for machines that have every engine."""
    text = SUITE.replace(
        '    name = "nervous"\n',
        '    name = "nervous"\n\n    def _check(self):\n'
        '        return Availability(False, "no engine", "get one")\n',
    )
    pytester.makepyfile("from irene import Availability\n" + text)
    words = ("-k", "silence_is_no_speech", "-p", "no:cacheprovider")
    pytester.runpytest_inprocess(*words).assert_outcomes(skipped=1, deselected=23)
    strict = pytester.runpytest_inprocess(*words, "--irene-no-skips")
    strict.assert_outcomes(failed=1, deselected=23)
    strict.stdout.fnmatch_lines(["skipped: vad provider 'nervous': no engine; get one"])


def test_fixtures_are_there_without_an_import(pytester):
    """A session, services and a clock."""
    pytester.makepyfile(FIXTURES)
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_a_contract_that_is_imported_is_no_test(pytester):
    """Only subclasses are collected: the suites have no provider."""
    pytester.makepyfile("from irene.testing import VadContract, AsrContract")
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes()


def test_projects_that_do_not_use_it_pay_nothing():
    """The plugin imports neither numpy nor anything else of irene."""
    code = (
        "import sys, pytest; before = set(sys.modules); import irene.testing.pytest_plugin; "
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['irene', 'irene.testing', 'irene.testing.pytest_plugin']"


@pytest.mark.parametrize("name", ["speech", "VadContract", "ScriptedSession"])
def test_names_come_when_they_are_asked_for(name):
    """And an unknown one is an attribute error, as in any module."""
    import irene.testing

    assert name in dir(irene.testing)
    assert getattr(irene.testing, name) is not None
    assert not hasattr(irene.testing, f"{name}Nothing")
