"""Where a user's files lie is said by variables, as the XDG specification has it."""

import os
from pathlib import Path

import pytest

from irene.cache.files import cache_folder
from irene.components.services import state_folder
from irene.config.sections import AssistantSection
from irene.config.sources import user_config_path
from irene.files.places import user_folder
from irene.models.store import model_folders
from irene.servers.control.place import socket_folder
from irene_plugins.sound import ducking

PLACES = {
    "XDG_CACHE_HOME": lambda: cache_folder("grammars"),
    "XDG_CONFIG_HOME": user_config_path,
    "XDG_DATA_HOME": lambda: model_folders()[-1],
    "XDG_RUNTIME_DIR": socket_folder,
    "XDG_STATE_HOME": lambda: state_folder(AssistantSection(), "timers"),
    "XDG_STATE_HOME of ducking": ducking._state_folder,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_relative_path_is_ignored(monkeypatch, place):
    """Else every folder in which irene is called would have timers of its own."""
    variable = place.partition(" ")[0]
    monkeypatch.delenv(variable, raising=False)
    usual = PLACES[place]()
    monkeypatch.setenv(variable, "relative")
    assert PLACES[place]() == usual
    monkeypatch.setenv(variable, "/somewhere")
    assert PLACES[place]().is_relative_to("/somewhere/irene")


def test_a_home_that_nobody_has_stays_as_it_stands(monkeypatch):
    """Nothing is raised: the folder is only not there."""
    monkeypatch.setenv("XDG_STATE_HOME", "")
    assert user_folder("XDG_STATE_HOME", "~nobody-of-this-name/state") == Path(
        "~nobody-of-this-name/state"
    )
    assert user_folder("XDG_STATE_HOME", "~/state") == Path(os.environ["HOME"]) / "state"
