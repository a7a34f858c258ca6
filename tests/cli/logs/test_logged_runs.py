"""The log of `irene run`: options, keys, and what stands in it."""

import io
import json

import pytest

from irene.cli.runs.event_printers import AlsoLogged, NoPrinter
from irene.domain.events import ErrorRaised
from irene.errors import ConfigurationError

QUIET = """
[performance]
enable_monitoring = false
[intent_recognition]
tiers = []
[intents]
handlers = ["help"]
[logging]
format = "json"
level = "warning"
"""


@pytest.fixture
def ask(irene, own_folder, monkeypatch):
    """Type one line to an assistant that knows next to nothing; return what its log says."""
    pytest.importorskip("hassil", reason="sentences are understood by hassil")
    (own_folder / "irene.toml").write_text(QUIET)

    def one(*options):
        monkeypatch.setattr("sys.stdin", io.StringIO("what do you know\n"))
        outcome = irene("run", "--text", *options)
        assert outcome.code in (0, 6), outcome.err
        file = own_folder / "my.log"
        return [json.loads(line) for line in file.read_text().splitlines() if file.exists()]

    return one


def test_options_win_over_the_file(ask):
    """As with every key that has an option of its own."""
    said = ask("--log-file", "my.log", "--log-level", "info")
    loggers = [one["logger"] for one in said]
    assert "irene.events.session_ended" in loggers
    assert {one["session"] for one in said if one["logger"] == "irene.events.session_ended"} == {1}


def test_a_level_that_is_none_is_refused(irene):
    """With the name of the option."""
    outcome = irene("run", "--log-level", "loud")
    assert outcome.code == 2
    assert "--log-level" in outcome.err


def test_an_error_that_ends_a_run_is_logged_once():
    """Its event may have been there already."""
    logged = []
    printer = AlsoLogged(NoPrinter(), logged.append)
    printer.show(ErrorRaised(code="configuration", message="wrong"))
    printer.fail(ConfigurationError("wrong"))
    assert [event.message for event in logged] == ["wrong"]
    printer.fail(ConfigurationError("wronger"))
    assert [event.message for event in logged] == ["wrong", "wronger"]
