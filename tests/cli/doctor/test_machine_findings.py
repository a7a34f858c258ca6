"""The machine: folders, packages, ports and secrets."""

import socket
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from irene.cli.doctor import machine, network
from irene.cli.doctor.finding import split_cure


def levels(findings):
    """Return how bad each is."""
    return [one.level for one in findings]


def test_a_folder_that_can_be_written_is_well(tmp_path):
    """Also one that is made only when it is needed."""
    found = list(machine.folders({"state": (tmp_path / "a/b", "x"), "cache": (tmp_path, "y")}))
    assert levels(found) == ["ok", "ok"]
    assert "made when it is needed" in found[0].text


def test_a_file_where_a_folder_should_be_is_an_error(tmp_path):
    """With the setting that chooses another."""
    (tmp_path / "file").write_text("")
    (found,) = machine.folders({"state": (tmp_path / "file/below", "assistant.state_folder")})
    assert found.level == "error"
    assert "is no folder" in found.text
    assert "assistant.state_folder" in found.cure


@pytest.mark.parametrize(("free", "level"), [(10**6, "error"), (10**8, "warning"), (10**10, "ok")])
def test_a_full_disk_is_told_before_it_matters(tmp_path, monkeypatch, free, level):
    """Half a gigabyte is a warning, next to nothing an error."""
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    assert levels(machine.folders({"state": (tmp_path, "x")})) == [level]


def test_a_file_of_secrets_that_others_may_read_is_a_warning(tmp_path):
    """And the cure is the command."""
    path = tmp_path / "irene.toml"
    path.write_text("")
    path.chmod(0o644)
    (found,) = machine.private(path, "a secret")
    assert (found.level, found.cure) == ("warning", f"chmod 600 {path}")
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert levels(machine.private(path, "a secret")) == []


def test_little_memory_is_a_warning(monkeypatch):
    """The embedded engines take 350 MB at most."""
    monkeypatch.setattr(
        machine.psutil, "virtual_memory", lambda: SimpleNamespace(available=200_000_000)
    )
    assert levels(machine.memory()) == ["warning"]


def test_the_interpreter_is_named():
    """With what irene needs."""
    (found,) = machine.interpreter()
    assert found.level == "ok"
    assert ".".join(map(str, sys.version_info[:3])) in found.text


@pytest.mark.parametrize(
    ("script", "level", "word"),
    [
        ("exit 0", "ok", "goes together"),
        ("echo 'a 1.0 requires b, which is not installed.'; exit 1", "warning", "a 1.0 requires b"),
        ("echo 'No module named pip' >&2; exit 1", "note", "no pip"),
        ("echo 'ERROR: broken' >&2; exit 1", "note", "pip failed: ERROR: broken"),
        ("exit 2", "note", "pip failed: exit status 2"),
    ],
    ids=["well", "conflict", "no pip", "complaint", "silent"],
)
def test_packages_are_asked_of_pip(tmp_path, script, level, word):
    """One finding for each that does not fit."""
    pip = tmp_path / "python"
    pip.write_text(f"#!/bin/sh\n{script}\n")
    pip.chmod(0o755)
    (found,) = machine.packages(str(pip))
    assert found.level == level
    assert word in found.text


def test_an_interpreter_that_cannot_be_started_is_told():
    """It keeps nobody from the other findings."""
    (found,) = machine.packages(str(Path("/nowhere/python")))
    assert found.level == "note"


def settings(port=0, endpoint=""):
    """Return a configuration with ports."""
    performance = SimpleNamespace(
        metrics_port=port, metrics_host="127.0.0.1", otel_endpoint=endpoint
    )
    return SimpleNamespace(performance=performance)


def test_a_port_that_is_taken_is_an_error_and_a_free_one_is_well():
    """Nobody is asked for what is not configured."""
    assert levels(network.ports(settings())) == []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (found,) = network.ports(settings(port))
        assert found.level == "error"
        assert str(port) in found.text
    assert levels(network.ports(settings(port))) == ["ok"]


def test_a_collector_that_does_not_answer_is_a_warning():
    """One that does is well."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert levels(network.ports(settings(endpoint=address))) == ["ok"]
    assert levels(network.ports(settings(endpoint=address))) == ["warning"]


def test_a_cure_stands_behind_the_last_semicolon():
    """A message without one is all text."""
    assert split_cure("a: wrong; set b; or c") == ("a: wrong; set b", "or c")
    assert split_cure("a: wrong") == ("a: wrong", "")
