"""The command line in this process, away from the configuration of whoever runs the tests."""

import os
import sys
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


@pytest.fixture
def install_plugin(own_folder, monkeypatch):
    """Return a function that installs a plugin of one module, for this process and its children."""

    def install(name, source):
        info = own_folder / "site" / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[irene]\n{name} = {name}_plugin\n")
        (own_folder / "site" / f"{name}_plugin.py").write_text(source)
        monkeypatch.delitem(sys.modules, f"{name}_plugin", raising=False)
        monkeypatch.syspath_prepend(str(own_folder / "site"))
        monkeypatch.setenv("PYTHONPATH", str(own_folder / "site"))

    return install
