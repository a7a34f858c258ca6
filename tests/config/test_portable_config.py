"""A configuration that leaves the machine: loaded again it is the same, and holds no secret."""

import dataclasses

import pytest

from irene.config.loading import load_config, profiles
from irene.config.portable import render_portable
from irene.config.toml_text import parse_document
from irene.config.version import CURRENT, KEY
from irene.plugin.registry import ComponentRegistry

REGISTRY = ComponentRegistry.installed()
NOT_COMPARED = ("name", "path", "origins", "warnings")


def portable(tables, environ=None):
    """Return a configuration, and its portable text."""
    config = load_config(tables, registry=REGISTRY, environ=environ or {})
    return config, render_portable(config)


def loaded_again(text, environ=None):
    """Return the configuration of a text."""
    return load_config(parse_document(text, "x"), registry=REGISTRY, environ=environ or {})


def assert_same(one, other):
    """The same settings, wherever they come from."""
    for field in dataclasses.fields(one):
        if field.name not in NOT_COMPARED:
            assert getattr(one, field.name) == getattr(other, field.name), field.name


@pytest.mark.parametrize("profile", profiles())
def test_every_profile_comes_back_as_it_was(profile):
    """Every value, defaults included: those of another version may be others."""
    config, text = portable(profile)
    assert_same(config, loaded_again(text))


def test_what_a_variable_held_is_not_in_it():
    """The reference is, so the same machine has the same configuration."""
    tables = {"assistant": {"name": "${ROOM}-box"}, "tts": {"voice": "${VOICE:-en-us}"}}
    environ = {"ROOM": "kitchen", "VOICE": "en-gb"}
    config, text = portable(tables, environ)
    assert config.assistant.name == "kitchen-box"
    assert "kitchen" not in text
    assert "en-gb" not in text
    assert_same(config, loaded_again(text, environ))


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        ("s3cret", '"***"'),
        ("${HA_TOKEN}", '"${HA_TOKEN}"'),
        ("Bearer s3cret${HA_TOKEN}", '"***"'),
    ],
)
def test_a_secret_is_not_in_it(token, shown):
    """Written out it is masked; a reference to it is no secret."""
    handler = {"url": "http://home.example:8123", "token": token}
    tables = {"intents": {"providers": {"homeassistant": handler}}}
    _, text = portable(tables, {"HA_TOKEN": "s3cret"})
    assert "s3cret" not in text
    assert f"token = {shown}" in text


def test_a_text_that_looks_like_a_reference_stays_one():
    """What was escaped is escaped again."""
    config, text = portable({"assistant": {"apology": "say $${this}"}})
    assert config.assistant.apology == "say ${this}"
    assert_same(config, loaded_again(text))


def test_values_of_the_environment_are_settings_like_others():
    """`IRENE_...` variables are no references."""
    config, text = portable({}, {"IRENE_ASSISTANT__NAME": "box"})
    assert 'name = "box"' in text
    assert_same(config, loaded_again(text))


def test_it_says_which_form_it_is_of():
    """A later irene reads it as what it is, not as one of the first form."""
    _, text = portable({})
    assert parse_document(text, "x")[KEY] == CURRENT
