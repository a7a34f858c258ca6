"""The files that a configuration consists of, and whether they have changed."""

import os

import pytest

from irene.config.included import ITSELF, digests, included, stamps
from irene.config.loading import load_config
from irene.plugin.registry import ComponentRegistry

REGISTRY = ComponentRegistry.installed()


@pytest.fixture
def config(tmp_path):
    """A configuration with a folder of sentences and a sound of its own."""
    (tmp_path / "sentences" / "en").mkdir(parents=True)
    (tmp_path / "sentences" / "en" / "lamp.yaml").write_text("language: en\n")
    (tmp_path / "ding.wav").write_bytes(b"RIFF")
    path = tmp_path / "irene.toml"
    path.write_text('[intents]\nsentences = "sentences"\n[sounds]\nalarm = "ding.wav"\n')
    return load_config(path, registry=REGISTRY)


def test_files_are_found_by_the_key_that_names_them(config, tmp_path):
    """The file itself has no key."""
    found = included(config)
    assert found == {
        "intents.sentences": (tmp_path / "sentences",),
        ITSELF: (tmp_path / "irene.toml",),
        "sounds.alarm": (tmp_path / "ding.wav",),
    }


def test_a_configuration_from_python_includes_nothing():
    """There is nothing to watch."""
    assert not included(load_config({}, registry=REGISTRY))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("irene.toml", ITSELF),
        ("sentences/en/lamp.yaml", "intents.sentences"),
        ("sentences/en/new.yaml", "intents.sentences"),
        ("ding.wav", "sounds.alarm"),
    ],
)
def test_another_content_changes_the_digest_of_its_key_only(config, tmp_path, name, key):
    """Also when it is as long as before, and as old."""
    before, seen = digests(config), stamps(config)
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[::-1] + b"#" if path.exists() else b"new")
    after = digests(config)
    assert {one for one in after if after[one] != before[one]} == {key}
    assert stamps(config) != seen


def test_a_touch_changes_no_digest(config, tmp_path):
    """Only the stamp."""
    before, seen = digests(config), stamps(config)
    os.utime(tmp_path / "irene.toml", (1, 1))
    assert digests(config) == before
    assert stamps(config) != seen


def test_a_file_that_is_renamed_into_another_place_is_a_change(config, tmp_path):
    """The names of sentence files count: their folder is their language."""
    before = digests(config)
    (tmp_path / "sentences" / "de").mkdir()
    (tmp_path / "sentences/en/lamp.yaml").rename(tmp_path / "sentences/de/lamp.yaml")
    assert digests(config)["intents.sentences"] != before["intents.sentences"]


def test_what_is_gone_is_a_change_and_no_error(config, tmp_path):
    """An editor removes a file before it writes the new one."""
    before = digests(config)
    (tmp_path / "irene.toml").unlink()
    (tmp_path / "sentences/en/lamp.yaml").unlink()
    after = digests(config)
    assert after[ITSELF] != before[ITSELF]
    assert after["intents.sentences"] != before["intents.sentences"]
