"""Shipped profiles and blocks of the tuning guide, with the providers that are installed."""

from pathlib import Path

import pytest

from irene.config.checking import check_config
from irene.config.loading import load_config
from irene.config.sources import profile_folder, profiles
from irene.plugin.registry import ComponentRegistry

GUIDE = sorted((Path(__file__).parents[1] / "data" / "guide").glob("*.toml"))
WITHOUT_EFFECT = {
    "inference_framework",
    "chunk_size",
    "device",
}


@pytest.fixture(scope="module")
def installed():
    """Every provider that is really there."""
    return ComponentRegistry.installed()


@pytest.mark.parametrize("name", sorted(profiles()))
def test_every_profile_loads_without_a_word(installed, name):
    """No error and no warning."""
    assert check_config(name, registry=installed, environ={}) == []


@pytest.mark.parametrize("path", GUIDE, ids=lambda path: path.stem)
def test_every_block_of_the_guide_is_accepted(installed, path):
    """As printed; what does nothing is said in a warning, and nothing else is."""
    problems = check_config(path, registry=installed, environ={})
    assert [problem for problem in problems if problem.level == "error"] == []
    for problem in problems:
        key = problem.key.rsplit(".", maxsplit=1)[1]
        assert key in WITHOUT_EFFECT or key == "whisper"


def test_the_guide_has_fourteen_blocks():
    """None was lost on the way here."""
    assert len(GUIDE) == 14


def test_the_demo_reads_the_recording_beside_it(installed):
    """Its input moves with the profile, its output is the working directory's."""
    config = load_config("demo", registry=installed, environ={})
    recording = config.inputs.providers["file"].options
    answer = config.outputs.providers["wav"].options
    assert recording.path == str(profile_folder() / "demo.wav")
    assert answer.path == "answer.wav"


@pytest.mark.parametrize("name", sorted(profiles()))
def test_straight_lines_are_nobodys_default(installed, name):
    """The provider `linear` lets aliases through at full strength: only who names it gets it."""
    resampling = load_config(name, registry=installed, environ={}).resampling
    assert resampling.default_provider == "soxr"
    assert "linear" not in resampling.fallback_providers
