"""Standard output that belongs to the command, cannot be written, or is closed."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from quick_start import ONE_HANDLER

from irene.cli.main import program
from irene.cli.terminal.standard_streams import reserved_stdout

IRENE = [sys.executable, "-m", "irene"]
COMMAND = Path(__file__).parent.parent / "data" / "commands" / "rhasspy3__what_time_is_it.wav"

CHATTY = """
import ctypes, os
from irene import hookimpl
from irene.testing import ScriptedAsr

print("imported")

class ChattyAsr(ScriptedAsr):
    name = "chatty"

    def _load(self):
        print("printed")
        os.write(1, b"written\\n")
        ctypes.CDLL(None).printf(b"buffered in C\\n")

@hookimpl
def irene_asrs():
    return [ChattyAsr]
"""
SILENT = """
from irene import hookimpl
from irene.testing import ScriptedAsr

class SilentAsr(ScriptedAsr):
    name = "silent"

@hookimpl
def irene_asrs():
    return [SilentAsr]
"""
QUIET = (
    *("--config", "minimal", "--set", "asr.default_provider=silent", *ONE_HANDLER),
    *("--set", "asr.fallback_providers=[]", "--set", "vad.default_provider=energy"),
)
"""options with which no engine has to be loaded"""


def run(*args, **options):
    return subprocess.run([*IRENE, *map(str, args)], check=False, text=True, **options)


@pytest.mark.parametrize(
    "args",
    [
        ("transcribe", COMMAND, "--format", "json", "--provider", "chatty", *ONE_HANDLER),
        (
            *("run", "--json", "--config", "minimal", "--input", COMMAND),
            *("--set", "asr.default_provider=chatty", *ONE_HANDLER),
        ),
    ],
)
def test_what_an_engine_prints_does_not_reach_the_json(install_plugin, args):
    """`print`, a write to file descriptor 1 and C's `printf` all end on standard error."""
    install_plugin("chatty", CHATTY)
    done = run(*args, "--set", "vad.default_provider=energy", capture_output=True)
    assert done.returncode == 0
    for noise in ("imported", "printed", "written", "buffered in C"):
        assert noise in done.stderr
    assert json.loads(
        f"[{','.join(done.stdout.splitlines())}]" if args[0] == "run" else done.stdout
    )


def test_standard_output_is_given_back(capfd):
    """Afterwards everybody prints where it was."""
    with reserved_stdout() as write:
        print("engine")  # noqa: T201
        os.write(1, b"C engine\n")
        write(b"own\n")
    print("after")  # noqa: T201
    sys.stdout.flush()
    assert capfd.readouterr() == ("own\nafter\n", "engine\nC engine\n")


def test_standard_output_without_a_file_is_reserved_all_the_same(monkeypatch):
    """As in a test runner or a notebook."""
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    with reserved_stdout() as write:
        print("engine")  # noqa: T201
        write(b"own\n")
    assert (out.getvalue(), err.getvalue()) == ("own\n", "engine\n")


def test_commands_run_in_clicks_own_runner():
    """Which has no files at all."""
    done = CliRunner().invoke(program, ["transcribe", str(COMMAND)])
    assert done.stdout == "what time is it\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize(
    "args",
    [
        ("config", "show"),
        ("transcribe", COMMAND, *ONE_HANDLER),
        ("ask", "what time is it", *ONE_HANDLER),
        ("run", *QUIET, "--input", COMMAND),
        ("run", *QUIET, "--input", COMMAND, "--json"),
    ],
)
def test_a_full_disk_is_one_line(install_plugin, args):
    """And exit status 1, without a traceback, also at the end of the process."""
    install_plugin("silent", SILENT)
    with Path("/dev/full").open("w") as full:
        done = run(*args, stdout=full, stderr=subprocess.PIPE)
    line = "irene: cannot write the output: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, line)


@pytest.mark.parametrize(
    ("closing", "args"),
    [
        ("<&-", ("config", "show")),
        (">&-", ("config", "show")),
        ("2>&-", ("config", "show")),
        ("<&- >&- 2>&-", ("transcribe", COMMAND)),
    ],
)
def test_closed_streams_are_nothing_to_stumble_over(closing, args, own_folder):
    """Services are started so; and no file that is opened later is taken for the stream."""
    command = f"{' '.join(map(str, (*IRENE, *args)))} > said {closing} 2> told"
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    assert (own_folder / "told").read_text() == ""
