"""Which models a configuration uses: those of every provider that may be called on."""

import pytest

from irene.components.used_models import used_models
from irene.config.loading import load_config
from irene.plugin.registry import ComponentRegistry

REGISTRY = ComponentRegistry.installed()


@pytest.fixture
def used(tmp_path):
    """Return the models of a configuration in TOML, as kind and name by key."""

    def of(text):
        path = tmp_path / "irene.toml"
        path.write_text(text)
        config = load_config(path, registry=REGISTRY, environ={})
        return {one.key: (one.kind, one.model) for one in used_models(config, REGISTRY)}

    return of


def test_the_engines_of_the_default_profile_need_none(used):
    """Their packages have their models inside."""
    assert used("") == {}


def test_defaults_and_those_that_stand_in_count(used):
    """With the model of their table, or the provider's own default."""
    found = used(
        '[asr]\ndefault_provider = "vosk"\n[asr.providers.vosk]\nmodel = "small"\n'
        '[tts]\ndefault_provider = "espeak"\nfallback_providers = ["piper"]\n'
    )
    assert found == {
        "asr.providers.vosk.model": ("vosk", "small"),
        "tts.providers.piper.model": ("piper", "en_US-lessac-medium"),
    }


def test_instances_of_one_provider_have_a_model_each(used):
    """The kind is the provider's name, whatever its tables are called."""
    found = used(
        '[asr]\ndefault_provider = "quick"\nfallback_providers = ["good"]\n'
        '[asr.providers.quick]\ntype = "vosk"\nmodel = "small"\n'
        '[asr.providers.good]\ntype = "vosk"\nmodel = "big"\n'
    )
    assert list(found.values()) == [("vosk", "small"), ("vosk", "big")]


def test_lists_of_models_count_one_by_one(used):
    """As wake words of one's own."""
    found = used(
        '[voice_trigger]\ndefault_provider = "openwakeword"\n'
        '[voice_trigger.providers.openwakeword]\nmodel_paths = ["hey_rhasspy_v0.1"]\n'
    )
    assert found["voice_trigger.providers.openwakeword.model_paths"] == (
        "openwakeword",
        "hey_rhasspy_v0.1",
    )


def test_what_is_switched_off_or_not_named_does_not_count(used):
    """Sections, tables, and tables that nothing refers to."""
    assert used('[tts]\nenabled = false\ndefault_provider = "piper"\n') == {}
    assert used('[asr.providers.vosk]\nmodel = "small"\n') == {}


def test_a_relative_path_is_that_of_the_configuration(used, tmp_path):
    """As the provider gets it."""
    found = used('[asr]\ndefault_provider = "vosk"\n[asr.providers.vosk]\nmodel = "models/mine"\n')
    assert found["asr.providers.vosk.model"] == ("vosk", str(tmp_path / "models" / "mine"))
