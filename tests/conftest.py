"""What every test may use."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_folder():
    """The folder of bundled recordings; their origin and licences are in ORIGIN.csv."""
    return Path(__file__).parent / "data"


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory, monkeypatch):
    """Keep state and caches away from those of whoever runs the tests."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
