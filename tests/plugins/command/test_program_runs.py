"""One run of a program: its input, its output, its time, and its end."""

import os
import threading
import time

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import ProviderFailedError
from irene_plugins.command.printed import printed, typed
from irene_plugins.command.program import Program, ProgramOptions


def run(script, data=b"", timeout_s=60.0):
    """Return what a shell script prints."""
    with Program(["sh", "-c", script], data, timeout_s) as program:
        return program.read_all()


def test_a_program_gets_its_input_and_gives_its_output():
    """Byte for byte."""
    assert run("cat", b"\x00\xffabc") == b"\x00\xffabc"


def test_more_than_a_pipe_holds_goes_both_ways():
    """A program that answers before it has read everything is not held up."""
    data = os.urandom(1_000_000)
    assert run("cat", data) == data
    assert len(run("head -c 500000 /dev/zero; cat > /dev/null", data)) == 500_000


def test_a_program_that_reads_nothing_is_not_waited_for():
    """Its input lies in a file."""
    assert run("echo done", bytes(1_000_000)) == b"done\n"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo no licence >&2; exit 3", "sh failed: exit status 3: no licence"),
        ("exit 1", "sh failed: exit status 1"),
        ("kill -9 $$", "sh failed: signal 9"),
    ],
    ids=["complaint", "silent", "killed"],
)
def test_a_failure_is_one_line_with_its_last_complaint(script, words):
    """Whatever it printed before."""
    with pytest.raises(ProviderFailedError) as failure:
        run(f"echo something; {script}")
    assert str(failure.value) == words


def test_a_program_that_is_not_there_is_one_line():
    """It is found out when it is started."""
    with pytest.raises(ProviderFailedError, match="nowhere does not start: no such file"):
        Program(["/tmp/nowhere"], b"", 1.0)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("sleep 600", "sh took longer than timeout_ms = 500"),
        ("exec >&-; sleep 600", "sh took longer than timeout_ms = 500"),
        ("exit 0", "sh has ended, but what it started held its output longer than timeout_ms"),
    ],
    ids=["silent", "closed", "ended"],
)
def test_a_program_that_takes_too_long_is_killed_with_all_that_it_started(script, words):
    """The line names the setting, and who it was."""
    with Program(["sh", "-c", f"sleep 600 & echo; {script}"], b"", 0.5) as program:
        assert program.read(1) == b"\n"
        group = [
            psutil.Process(one) for one in psutil.pids() if _group(one) == program._process.pid
        ]
        with pytest.raises(ProviderFailedError, match=words):
            program.read_all()
    limit_s = time.monotonic() + 30
    while alive := list(filter(_is_alive, group)):
        assert time.monotonic() < limit_s, alive
        time.sleep(0.005)


def _is_alive(process):
    """Whether it runs; one that has ended may wait for its new parent to notice."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _group(number):
    try:
        return os.getpgid(number)
    except ProcessLookupError:
        return None


def test_whoever_kills_it_from_another_thread_ends_the_wait():
    """The reader gets a failure, not a hang."""
    with Program(["sleep", "600"], b"", 600.0) as program:
        threading.Thread(target=program.kill).start()
        began = time.monotonic()
        with pytest.raises(ProviderFailedError, match="signal 9"):
            program.read_all()
        assert time.monotonic() - began < 60


def test_nothing_is_left_open():
    """Neither files nor processes."""
    run("true")
    before = psutil.Process().num_fds()
    for _ in range(5):
        run("echo a")
        with pytest.raises(ProviderFailedError):
            run("exit 1")
    assert psutil.Process().num_fds() == before


@given(value=st.text().filter(lambda text: "\x00" not in text))
def test_a_value_never_becomes_another_word(value):
    """Whatever somebody says: no shell, no option, no second placeholder but known ones."""
    options = ProgramOptions(command=("say", "-l", "{language}", "{x}"))
    words = options.words({"language": value})
    assert words == ["say", "-l", value, "{x}"]


def test_what_keeps_a_program_from_being_run_is_known_before(tmp_path):
    """No command, none of that name, or no right to execute it."""
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    assert "set command in" in ProgramOptions().availability().cure
    assert not ProgramOptions(command=("no-such-program",)).availability().ready
    assert not ProgramOptions(command=(str(script),)).availability().ready
    script.chmod(0o755)
    assert ProgramOptions(command=(str(script),)).availability().ready


def test_text_is_taken_as_it_is_and_an_object_by_its_values():
    """Lines of text are one sentence."""
    assert printed(b" turn on\nthe light \n", "x") == {"text": "turn on the light"}
    assert printed(b'{"text": "yes"}\n', "x") == {"text": "yes"}
    assert printed(b"", "x") == {"text": ""}


@pytest.mark.parametrize("data", [b'{"text": ', b"\xff\xfe", b"{}}"])
def test_what_is_neither_is_refused(data):
    """With the program's name."""
    with pytest.raises(ProviderFailedError, match="prog printed"):
        printed(data, "prog")


def test_values_of_the_wrong_type_are_refused_and_null_is_none():
    """True is no number."""
    kinds = {"text": str, "confidence": (int, float), "listens": bool}
    assert typed({"text": "a", "confidence": None, "other": 1}, kinds, "x") == {"text": "a"}
    assert typed({"listens": True}, kinds, "x") == {"listens": True}
    for wrong in ({"text": 1}, {"confidence": True}, {"confidence": "0.5"}, {"listens": 1}):
        with pytest.raises(ProviderFailedError, match="wrong type"):
            typed(wrong, kinds, "x")
