"""Where errors become one line on standard error and an exit code; bugs keep their traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

import click

from irene.errors import ConfigurationError, IreneError

PROGRAM = "irene"
INTERRUPTED = 130
"""exit status of a command that Ctrl-C ended before it could end itself (128 + SIGINT)"""
BROKEN_PIPE = 1
"""exit status when nobody reads standard output any more, as click and Python's manual have it"""


def run_inside(work: Callable[[], object]) -> int:
    """Run a command and return its exit status; expected errors are reported.

    A reader that went away (`irene ... | head`) is no error worth a word.
    """
    try:
        result = work()
        sys.stdout.flush()
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
    except BrokenPipeError:
        mute_stdout()
        return BROKEN_PIPE
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
        near = f"; did you mean {error.possibilities[0]}?" if error.possibilities else ""
        return f"no such option: {error.option_name}{near}"
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:]


def mute_stdout() -> None:
    """Send what is still buffered for standard output nowhere: its reader has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
