"""Errors of every sort on their way out of the program."""

import io
from pathlib import Path

import click
import pytest

from irene import errors
from irene.cli.error_border import run_inside
from irene.config.problems import Problem


def raising(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigurationError("x"), 2),
        (errors.ProviderUnavailableError("x"), 3),
        (errors.AudioFormatError("x"), 4),
        (errors.DeviceError("x"), 5),
        (errors.CheckFailedError("x"), 6),
    ],
)
def test_an_expected_error_is_one_line_and_its_exit_code(error, code, capsys):
    """The message goes to standard error after the program's name."""
    assert run_inside(raising(error)) == code
    assert capsys.readouterr() == ("", "irene: x\n")


def test_several_problems_are_a_line_each(capsys):
    """Everything that is wrong with a configuration is told at once."""
    problems = [Problem("a.toml", 1, "x", "is wrong"), Problem("a.toml", 2, "y", "is wrong")]
    run_inside(raising(errors.ConfigurationError("two", problems)))
    assert capsys.readouterr().err == "irene: a.toml:1: x: is wrong\nirene: a.toml:2: y: is wrong\n"


def test_a_message_of_several_lines_becomes_one(capsys):
    """Foreign texts with line breaks stay one line."""
    run_inside(raising(errors.DeviceError("one\ntwo")))
    assert capsys.readouterr().err == "irene: one two\n"


def test_a_bug_keeps_its_traceback():
    """What nobody expects is not swallowed."""
    with pytest.raises(ZeroDivisionError):
        run_inside(lambda: 1 / 0)


def test_ctrl_c_is_quiet(capsys):
    """An interrupted command ends as shells expect it, without a word."""
    assert run_inside(raising(click.Abort())) == 130
    assert capsys.readouterr() == ("", "")


def test_the_return_value_of_a_command_is_the_exit_status():
    """A number is a status, anything else is success."""
    assert [run_inside(lambda: 4), run_inside(lambda: None), run_inside(lambda: "x")] == [4, 0, 0]


def test_a_closed_pipe_is_quiet(capsys, monkeypatch):
    """`irene providers | head -1` has nothing to complain about."""

    class Closed(io.StringIO):
        def fileno(self):
            return open_file.fileno()

    with Path("nowhere").open("wb") as open_file:
        monkeypatch.setattr("sys.stdout", Closed())
        assert run_inside(raising(BrokenPipeError())) == 1
    assert capsys.readouterr().err == ""
