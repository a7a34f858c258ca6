"""What the registry imports at every start, and what waits until it is needed."""

import subprocess
import sys

import pytest

LATE = (
    "irene_plugins.sound.programs",
    "irene_plugins.sound.miniaudio_system",
    "irene_plugins.intent_recognition.compilation",
    "irene_plugins.inputs.container",
    "irene_plugins.intents.network.http_client",
    "irene_plugins.intents.homeassistant.home",
    "irene_plugins.intents.llm.answer",
    "http.client",
    "ssl",
)


@pytest.fixture(scope="module")
def imported():
    code = (
        "import sys; from irene.plugin.registry import ComponentRegistry\n"
        "ComponentRegistry.installed(); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", LATE)
def test_the_registry_leaves_the_insides_of_plugins_alone(imported, name):
    """Listing providers imports the modules that offer them, not what these need to work."""
    assert "irene_plugins.outputs.speaker" in imported
    assert name not in imported
