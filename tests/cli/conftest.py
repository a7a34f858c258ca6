"""The command line in this process, away from the configuration of whoever runs the tests."""

import os
from dataclasses import dataclass

import pytest

from irene.cli.main import main
from irene.config.sources import profile_folder


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Run in an empty folder, without variables or a user configuration."""
    for name in [name for name in os.environ if name.startswith("IRENE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def irene(capfd):
    """Run a command line in this process."""

    def run(*args):
        capfd.readouterr()
        code = main(args)
        out, err = capfd.readouterr()
        return Outcome(code, out, err)

    return run


@pytest.fixture
def demo_wav():
    """Return the recording of the demonstration: "hey jarvis", a pause, "what time is it"."""
    return profile_folder() / "demo.wav"
