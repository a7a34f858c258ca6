"""Configurations written as TOML."""

import pytest

from irene.config.checking import check_config
from irene.config.fields import fields_of
from irene.config.known_keys import SECTIONS
from irene.config.loading import load_config
from irene.config.rendering import render_default, render_effective, render_starter
from irene.config.sections import Config
from irene.config.sources import profile_folder


@pytest.fixture
def load(registry):
    """Load a configuration with an empty environment."""
    return lambda source, **environ: load_config(source, registry=registry, environ=environ)


def test_the_default_profile_is_up_to_date():
    """`python -m irene.config.rendering` was run after the last change."""
    text = (profile_folder() / "default.toml").read_text(encoding="utf-8")
    assert text == render_default()


def test_the_default_profile_holds_every_key():
    """Keys without a default stand in comments."""
    text = render_default()
    for name, cls in SECTIONS.items():
        section = text.split(f"\n[{name}]\n")[1]
        for key in fields_of(cls):
            written = (f"\n{key} = ", f"\n# {key} = ", f"\n# {key}: ")
            assert any(one in section for one in written) or key == "providers"


def test_the_default_profile_says_what_the_code_does(load, write):
    """A file with every default is the same as no file at all."""
    written, empty = load(write(render_default())), load({})
    for name in SECTIONS:
        assert getattr(written, name) == getattr(empty, name)


def test_the_starter_is_valid_and_changes_nothing(load, write):
    """What `irene init` writes can be run at once, without warnings."""
    started, empty = load(write(render_starter())), load({})
    assert [getattr(started, name) for name in SECTIONS] == [
        getattr(empty, name) for name in SECTIONS
    ]
    assert started.warnings == ()


def test_no_key_is_without_a_description():
    """Each key of each section says what it means."""
    from irene.config.fields import descriptions_of

    for cls in SECTIONS.values():
        assert set(descriptions_of(cls)) >= set(fields_of(cls))


def test_the_effective_configuration_can_be_loaded_again(load, write):
    """Nothing is lost between `config show` and a file."""
    source = {
        "voice_trigger": {"confidence_threshold": {"hey jarvis": 0.5}},
        "asr": {"providers": {"my.own": {"type": "vosk", "beam": 3, "weight": 2}}},
        "inputs": {"microphone_config": {"sample_rate": 48000}},
    }
    config = load(source)
    again = load(write(render_effective(config, origin=False)))
    assert [getattr(again, name) for name in SECTIONS] == [
        getattr(config, name) for name in SECTIONS
    ]


def test_each_line_tells_its_origin(load, write):
    """Origins stand behind the values, as comments."""
    path = write("[vad]\nonset_ms = 50\n")
    text = render_effective(load(path, IRENE_TTS__RATE="2"), origin=True)
    assert f"onset_ms = 50  # file {path}:2\n" in text
    assert "rate = 2.0  # environment IRENE_TTS__RATE\n" in text
    assert "end_silence_ms = 700  # default\n" in text


def test_secrets_are_masked(load):
    """Neither a secret key nor a secret variable is shown."""
    source = {
        "asr": {"providers": {"vosk": {"api_key": "sesame", "model": "m-${SERVICE_TOKEN}"}}},
    }
    text = render_effective(load(source, SERVICE_TOKEN="hush"), origin=True)
    assert "sesame" not in text
    assert "hush" not in text
    assert 'api_key = "***"' in text


def test_secrets_inside_tables_are_masked(load):
    """However deep they stand: by their key, a key above them, or their variable."""
    headers = {
        "Authorization": "Bearer ${WHO}",
        "X-Api-Key": "plain",
        "Accept": "text",
        "more": [{"password": "plain"}],
        "x": "${API_TOKEN}",
    }
    source = {"asr": {"providers": {"vosk": {"headers": headers, "token": {"a": "plain"}}}}}
    text = render_effective(load(source, WHO="hush", API_TOKEN="hush"), origin=True)
    assert "hush" not in text
    assert "plain" not in text
    assert 'Accept = "text"' in text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ann:plain@home.lan:8123/api", "https://***@home.lan:8123/api"),
        (
            "http://home.lan/hook?key=plain&room=plain#end",
            "http://home.lan/hook?key=***&room=***#end",
        ),
        ("http://home.lan/hook?plain", "http://home.lan/hook?***"),
        ("mqtt://plain@broker", "mqtt://***@broker"),
        ("http://home.lan/a@b/hook", "http://home.lan/a@b/hook"),
        ("what? why & how", "what? why & how"),
    ],
)
def test_secrets_inside_addresses_are_masked(load, address, shown):
    """Who is named before the server, and what stands behind a question mark."""
    source = {"asr": {"providers": {"vosk": {"model": address}}}}
    text = render_effective(load(source), origin=False)
    assert f'model = "{shown}"' in text
    assert "plain" not in text


def test_rendering_is_checked_without_problems(registry, write):
    """What is rendered from a default configuration has no problem of its own."""
    path = write(render_effective(Config(), origin=True))
    assert check_config(path, registry=registry, environ={}) == []
