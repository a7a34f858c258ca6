"""`irene providers`, `irene plugins` and `irene devices`."""

import json
from pathlib import Path

import pytest

from irene.cli.commands.devices import _lines
from irene.cli.sound.devices import FoundDevices, SoundDevice
from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry


@pytest.fixture
def broken_plugin(own_folder, monkeypatch):
    """Install a plugin that raises when it is imported."""
    info = own_folder / "site" / "grumpy-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: grumpy\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[irene]\ngrumpy = grumpy_plugin\n")
    (own_folder / "site" / "grumpy_plugin.py").write_text("raise RuntimeError('not today')\n")
    monkeypatch.syspath_prepend(str(own_folder / "site"))


def test_providers_lists_all_that_plugins_offer(irene):
    """Each with kind, name, distribution, version and licence."""
    items = json.loads(irene("providers", "--json").out)
    registry = ComponentRegistry.installed()
    offered = {(str(kind), name) for kind in Kind for name in registry.entries(kind)}
    assert {(item["kind"], item["name"]) for item in items} == offered
    for item in items:
        assert item["distribution"] == "irene-voice"
        assert item["version"]
        assert item["licence"]


def test_a_provider_that_is_not_ready_says_what_is_missing_and_the_cure(irene):
    """Options of the configuration count: here a model that is not there."""
    model = 'asr.providers.vosk.model="/nowhere/model"'
    items = json.loads(irene("providers", "--json", "--set", model).out)
    vosk = next(item for item in items if item["name"] == "vosk")
    assert not vosk["ready"]
    assert vosk["missing"]
    assert vosk["cure"]
    assert all(item["missing"] is None for item in items if item["ready"])


def test_named_instances_are_providers_of_their_own(irene):
    """A table with `type` is listed under its own name, and how the configuration uses it."""
    Path("house.toml").write_text(
        '[asr]\ndefault_provider = "quick"\nfallback_providers = ["pocketsphinx"]\n'
        '[asr.providers.quick]\ntype = "pocketsphinx"\n'
    )
    items = json.loads(irene("providers", "--json", "--config", "house.toml").out)
    asr = {item["name"]: item for item in items if item["kind"] == "asr"}
    assert (asr["quick"]["type"], asr["quick"]["use"]) == ("pocketsphinx", "default")
    assert asr["pocketsphinx"]["use"] == "fallback"
    assert asr["vosk"]["use"] is None


def test_tiers_and_the_fallback_handler_are_in_use(irene):
    """What guesses after the exact templates, and who answers what no sentence fits."""
    outcome = irene("providers", "--json", "--set", 'intents.fallback="llm"')
    uses = {(item["kind"], item["name"]): item["use"] for item in json.loads(outcome.out)}
    assert uses["intent_recognition", "hassil"] == "default"
    assert uses["intent_recognition", "fuzzy"] == "tier"
    assert uses["intents", "llm"] == "fallback"


def test_providers_are_a_table_for_people(irene):
    """One line each, the heads above."""
    lines = irene("providers").out.splitlines()
    assert lines[0].split() == ["KIND", "NAME", "USE", "FROM", "LICENCE", "STATUS"]
    energy = next(line for line in lines if line.startswith("vad ") and " energy " in line)
    assert energy.endswith("ready")


def test_a_broken_plugin_is_listed_with_its_reason_and_harms_nobody(irene, broken_plugin):
    """The others work, and listing is no failure."""
    outcome = irene("plugins", "--json")
    assert outcome.code == 0
    plugins = {plugin["name"]: plugin for plugin in json.loads(outcome.out)}
    assert plugins["grumpy"] == {
        "name": "grumpy",
        "module": "grumpy_plugin",
        "distribution": "grumpy",
        "version": "1.2",
        "providers": [],
        "models": [],
        "error": "RuntimeError: not today",
    }
    assert plugins["clock"]["providers"] == ["intents.time", "intents.date"]
    assert irene("providers").code == 0


def test_plugins_are_a_table_for_people(irene, broken_plugin):
    """Broken ones stand out and are counted."""
    out = irene("plugins").out
    assert "grumpy 1.2" in out
    assert "broken: RuntimeError: not today" in out
    assert out.splitlines()[-1].startswith("1 of ")


def test_a_configuration_with_errors_is_not_replaced_by_defaults(irene):
    """What is listed is what would be used, or the errors."""
    outcome = irene("providers", "--set", "vad.threshold=9")
    assert outcome.code == 2
    assert outcome.err.startswith("irene: --set: vad.threshold: ")


def test_devices_are_a_list_of_objects(irene):
    """Empty on a machine without sound, and never an error."""
    outcome = irene("devices", "--json")
    assert outcome.code == 0
    for device in json.loads(outcome.out):
        assert device.keys() == {"kind", "provider", "name", "description", "is_default"}


def test_a_machine_without_sound_is_told_so_and_what_can_be_done():
    """Why, and that recordings work."""
    lines = list(_lines(FoundDevices((), ("no sound server",))))
    assert lines[:3] == ["no microphone was found", "no loudspeaker was found", "no sound server"]
    assert "--input FILE" in lines[-1]


def test_devices_are_a_table_for_each_direction():
    """The default one is marked."""
    usb = SoundDevice("inputs", "microphone", "USB", "48000 Hz", True)
    assert list(_lines(FoundDevices((usb,), ()))) == [
        "MICROPHONE  PROVIDER    ABOUT",
        "USB         microphone  default, 48000 Hz",
        "no loudspeaker was found",
    ]
