"""Works of providers: what a provider says of itself, and where it does its work."""

import pytest

from irene.components.chain.candidate import Candidate
from irene.config.loading import load_config
from irene.performance.benchmark.clips import read_clips
from irene.performance.benchmark.running import WORKS
from irene.performance.benchmark.work.stage import Stage
from irene.performance.benchmark.work.work import NOTHING, work_by
from irene.plugin.registry import ComponentRegistry
from irene.testing import ScriptedTts


def spoken(turn):
    """Do nothing."""
    return NOTHING


def test_a_provider_is_loaded_and_closed_as_it_says_itself():
    """What one call hears is told beside it."""
    provider = ScriptedTts()
    work = work_by(Candidate("voice", provider), "tts", "a word", spoken, audio_s=2.0)
    assert (work.name, work.what, work.audio_s) == ("tts voice", "a word", 2.0)
    work.load()
    assert provider.is_loaded
    assert work.version() == provider.version
    assert not work.is_elsewhere
    work.close()
    assert not provider.is_loaded


def test_what_is_said_otherwise_takes_the_place_of_the_providers_own():
    """As where several providers are loaded together."""
    provider, loaded = ScriptedTts(), []
    candidate = Candidate("voice", provider)
    work_by(candidate, "tts", "", spoken, load=lambda: loaded.append("all")).load()
    assert loaded == ["all"]
    assert not provider.is_loaded


@pytest.mark.parametrize("kind", ["outputs", "intent_recognition"])
def test_a_provider_in_a_process_of_its_own_works_elsewhere(kind, tmp_path):
    """The processor time of this process says nothing about it then."""
    pytest.importorskip("hassil", reason="the recogniser of intents is not installed")
    name = {"outputs": "none", "intent_recognition": "hassil"}[kind]
    registry = ComponentRegistry.installed()
    for isolation in ("thread", "process"):
        overrides = [f"{kind}.providers.{name}.isolation={isolation}"]
        config = load_config("demo", registry=registry, overrides=overrides, environ={})
        clips = read_clips((), None, config, registry)
        told = []
        stage = Stage(config, registry, clips, tmp_path, name, told.append, told.append)
        (work,) = WORKS[kind](stage.in_folder())
        assert work.is_elsewhere is (isolation == "process")
        work.close()
