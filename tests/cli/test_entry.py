"""The way into the command line, in processes of their own: Ctrl-C while Python still imports."""

import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from functools import partial

import pytest

import irene
from irene.cli import entry

IRENE = [sys.executable, "-X", "importtime", "-m", "irene"]
"""writes a line to standard error behind each import"""
IMPORTED = re.compile(rb"import time:.*\| +(\S+)\n")
PLACES = 8
"""places among the imports at which Ctrl-C comes"""


@contextmanager
def started(*arguments, **more):
    """Start the command line with pipes; kill it if it is still there in the end."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*IRENE, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, **more
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def modules(process):
    """Yield the name of each module as it is imported."""
    for line in process.stderr:
        if found := IMPORTED.fullmatch(line):
            yield found[1].decode()


def imports_of_the_command_line():
    """Return what is imported from the way in on until the command line can run."""
    with started("--version") as process:
        names = list(modules(process))
    return names[names.index(entry.__name__) + 1 : names.index("irene.cli.main") + 1]


def interrupted(place, *arguments, **more):
    """Send SIGINT once a module is imported; return status, output and what is no import."""
    with started(*arguments, **more) as process:
        assert place in modules(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    return process.returncode, out, IMPORTED.sub(b"", err)


def test_ctrl_c_among_the_imports_ends_the_process_without_a_word():
    """With what shells tell as 130, wherever it comes; the command would wait for ever."""
    names = imports_of_the_command_line()
    for place in names[:: len(names) // PLACES]:
        status, out, err = interrupted(place, "run", "--text")
        assert status in (-signal.SIGINT, 130), place
        assert (out, err.strip()) == (b"", b""), place


def test_who_ignores_ctrl_c_goes_on():
    """As a job in the background of a script, or under `nohup`."""
    ignore = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    place = imports_of_the_command_line()[0]
    status, out, err = interrupted(place, "--version", preexec_fn=ignore)
    assert (status, err) == (0, b"")
    assert irene.__version__ in out.decode()


def test_the_way_in_imports_next_to_nothing():
    """What it imports itself is the time in which Ctrl-C is not yet expected."""
    heavy = {"click", "asyncio", "numpy", "irene.cli.main"}
    code = f"import irene.cli.entry, sys; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt, None])
def test_ctrl_c_that_nobody_caught_has_the_status_of_one(monkeypatch, error):
    """And afterwards SIGINT is what it was before."""

    def command_line():
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if error:
            raise error
        return 3

    monkeypatch.setattr("irene.cli.main.main", command_line)
    assert entry.main() == (130 if error else 3)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
