"""Where errors become one line on standard error and an exit code; bugs keep their traceback."""

from __future__ import annotations

import difflib
import errno
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import PurePath

import click

from irene.cli.terminal.standard_streams import mute_stdout
from irene.errors import ConfigurationError, IreneError

PROGRAM = "irene"
INTERRUPTED = 130
"""exit status of a command that Ctrl-C ended before it could end itself (128 + SIGINT)"""
BROKEN_PIPE = 1
"""exit status when nobody reads standard output any more, as click and Python's manual have it"""
_UNWRITABLE = 1
"""exit status when standard output cannot be written"""
_EXTRA = re.compile(r"unexpected extra argument \((\S+)\)")
"""what click says of one word too many"""
_UNWRITABLE_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def run_inside(work: Callable[[], object]) -> int:
    """Run a command and return its exit status; expected errors are reported.

    A reader that went away (`irene ... | head`) is no error worth a word; a full disk is.
    """
    try:
        status = _status_of(work)
        sys.stdout.flush()
    except BrokenPipeError:
        mute_stdout()
        return BROKEN_PIPE
    except OSError as error:
        if error.filename is not None or error.errno not in _UNWRITABLE_ERRORS:
            raise
        mute_stdout()
        with suppress(OSError):  # standard error may lie on the same disk
            tell(f"cannot write the output: {error.strerror}")
        return _UNWRITABLE
    return status


def _status_of(work: Callable[[], object]) -> int:
    """Run a command; report an expected error."""
    try:
        result = work()
    except click.UsageError as error:
        tell(usage_line(error), error.ctx)
        return error.exit_code
    except click.ClickException as error:
        tell(error.format_message())
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except IreneError as error:
        for line in error_lines(error):
            tell(line)
        return error.exit_code
    return result if isinstance(result, int) else 0


def tell(line: str, context: click.Context | None = None) -> None:
    """Write one line for people to standard error, after the name of the program or command."""
    click.echo(f"{context.command_path if context else PROGRAM}: {line}", err=True)


def error_lines(error: IreneError) -> Iterator[str]:
    """Yield an error as lines: one, or one for each problem of a configuration."""
    if isinstance(error, ConfigurationError) and error.problems:
        yield from map(str, error.problems)
    else:
        yield " ".join(str(error).split("\n"))


def usage_line(error: click.UsageError) -> str:
    """Return what is wrong with a command line as one sentence without a capital or a stop."""
    if isinstance(error, click.NoSuchOption):
        return f"no such option: {error.option_name}{_near(error)}"
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:] + _belongs(message, error.ctx)


def _belongs(message: str, context: click.Context | None) -> str:
    """Return a hint at the option that a file belongs to which was given without one."""
    extra = _EXTRA.search(message)
    if extra is None or context is None:
        return ""
    known = {option for parameter in context.command.params for option in parameter.opts}
    suffix = PurePath(extra[1]).suffix.lower()
    option = "--config" if suffix == ".toml" else "--input"
    if option not in known or not suffix:
        return ""
    return f"; did you mean {option} {extra[1]}?"


def _near(error: click.NoSuchOption) -> str:
    """Return a hint at the option that was meant; its dashes say nothing about likeness."""
    known = {option.lstrip("-"): option for option in error.possibilities or ()}
    near = difflib.get_close_matches(error.option_name.lstrip("-"), known, n=1)
    return f"; did you mean {known[near[0]]}?" if near else ""


def exit_code_of(code: str) -> int:
    """Return the exit status of the error that has this stable code."""
    return next((cls.exit_code for cls in _tree(IreneError) if cls.code == code), 1)


def _tree(cls: type[IreneError]) -> Iterator[type[IreneError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _tree(child)
