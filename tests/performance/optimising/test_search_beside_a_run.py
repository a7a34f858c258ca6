"""A real search beside a real assistant: it listens as ever, and nothing of it is changed."""

import asyncio
import wave

import pytest

from irene.components.threads import start_daemon
from irene.config.loading import load_config
from irene.domain.events import SpeechStarted, Transcript
from irene.performance.optimising.goals import Goal
from irene.performance.optimising.proposing import propose
from irene.performance.optimising.quiet_trials import QuietTrials
from irene.performance.store.optimisations import kept
from irene.performance.store.place import store_path
from irene.pipeline.assistant import Assistant
from irene.plugin.registry import ComponentRegistry

REGISTRY = ComponentRegistry.installed()
RATE = 16_000
FILE = """
[vad]
default_provider = "energy"

[asr]
grammar = "only"
partials = false

[tts]
enabled = false

[voice_trigger]
enabled = false

[intents]
handlers = ["time"]
"""


@pytest.fixture
def config(tmp_path, data_folder, monkeypatch):
    """Return an assistant that hears three seconds of silence, a question, and silence again."""
    pytest.importorskip("pocketsphinx", reason="PocketSphinx is not installed")
    pytest.importorskip("hassil", reason="sentences cannot be recognised")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "irene.toml"
    path.write_text(FILE)
    with wave.open(str(data_folder / "commands" / "rhasspy3__what_time_is_it.wav")) as file:
        assert file.getframerate() == RATE
        question = file.readframes(file.getnframes())
    recording = tmp_path / "day.wav"
    with wave.open(str(recording), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(3 * 2 * RATE) + question + bytes(600 * 2 * RATE))
    overrides = ("inputs.default_provider=file", f"inputs.providers.file.path={recording}")
    return load_config(str(path), registry=REGISTRY, overrides=overrides, environ={})


@pytest.mark.slow
def test_who_speaks_comes_first(config):
    """The trial into which somebody speaks is killed, the question heard, and the search ends."""
    trials, heard = QuietTrials(quiet_s=0.5), []

    def search():
        return propose(config, goal=Goal.LATENCY, minutes=0.02, run=trials, clock=trials.clock)

    async def day():
        async with Assistant(config, REGISTRY) as assistant:
            searching = start_daemon("optimise", search)
            searching.add_done_callback(lambda future: assistant.stop())
            async for event in assistant.run(realtime=True):
                trials.note(event)
                heard.append(event)
            return await asyncio.wrap_future(searching)

    outcome = asyncio.run(day())
    assert any(isinstance(event, SpeechStarted) for event in heard)
    assert [event.text for event in heard if isinstance(event, Transcript)] == ["what time is it"]
    assert trials.n_killed >= 1
    assert outcome.n_trials == 1
    assert not outcome.is_interrupted
    assert outcome.baseline.failure == ""
    assert outcome.baseline.heard()
    assert outcome.confirmation is None
    assert config.path.read_text() == FILE
    (row,) = kept(store_path(config))
    assert row.goal == "latency"
