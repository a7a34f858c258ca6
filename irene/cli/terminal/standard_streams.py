"""Standard output kept for the command's own words, whatever the engines print."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial

import click

Write = Callable[[bytes], None]
"""Puts bytes on standard output, at once."""

_STDIN, _STDOUT, _STDERR = 0, 1, 2


def write_stdout(data: bytes) -> None:
    """Put bytes on standard output, whatever stands for it now."""
    click.echo(data, nl=False)


@contextmanager
def reserved_stdout() -> Iterator[Write]:
    """Give standard output to one writer; what else is printed goes to standard error.

    That holds for `print` and, where standard output is a real file, for C code that writes to file
    descriptor 1.
    """
    stdout = sys.stdout
    stdout.flush()
    with redirect_stdout(sys.stderr):
        try:
            number = stdout.fileno()
        except (OSError, ValueError):  # it exists in Python only
            yield lambda data: click.echo(data.decode(), file=stdout, nl=False)
            return
        with _copy_of(number) as own, _swapped_stdout():
            yield partial(_write_all, own)


def open_missing_streams() -> None:
    """Open standard streams that are closed (`>&-`) on nothing: no file of ours gets their number.

    Python has no object for such a stream.
    """
    for number in (_STDIN, _STDOUT, _STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    sys.stdin = sys.stdin or os.fdopen(_STDIN, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(_STDOUT, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(_STDERR, "w", closefd=False)


def mute_stdout() -> None:
    """Send what is still buffered for standard output nowhere: it cannot be written."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


@contextmanager
def _copy_of(number: int) -> Iterator[int]:
    copy = os.dup(number)
    try:
        yield copy
    finally:
        os.close(copy)


@contextmanager
def _swapped_stdout() -> Iterator[None]:
    """Let file descriptor 1 be standard error."""
    with _copy_of(_STDOUT) as before:
        os.dup2(_STDERR, _STDOUT)
        try:
            yield
        finally:
            ctypes.CDLL(None).fflush(None)  # C code may have printed what is not written yet
            os.dup2(before, _STDOUT)


def _write_all(number: int, data: bytes) -> None:
    """Write without a buffer: what a full disk refused must not be tried again at exit."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(number, rest) :]
