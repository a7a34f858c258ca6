"""Real engines are exchanged in the middle of a recording of real speech."""

import asyncio
import threading
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile
from reload_bench import SteppedInput, told

from irene import Assistant
from irene.config.loading import load_config
from irene.plugin.host import PluginHost, installed_plugins
from irene.plugin.registry import ComponentRegistry
from irene.testing import noise
from irene.testing.bench import plugin_of

ENGINES = ("vosk", "pocketsphinx", "pymicro_wakeword", "openwakeword", "espeakng_loader", "hassil")
for package in ENGINES:
    if find_spec(package) is None:  # importing them takes seconds, of whoever runs other tests, too
        pytest.skip(f"{package} is not installed", allow_module_level=True)

pytestmark = pytest.mark.slow

RATE = 16000
TESTS = Path(__file__).parents[2]
MODEL = TESTS / "models" / "vosk" / "irene-commands-en"
VOSK = {
    "default_provider": "vosk",
    "providers": {"vosk": {"model": str(MODEL), "isolation": "process"}},
}
"""Vosk in a process of its own, which comes and goes with it"""
TIME = "what time is it"


def cut(name, start_s, end_s):
    """Return a stretch of a recording."""
    samples, _ = soundfile.read(TESTS / "data" / name, dtype="int16")
    return samples[int(start_s * RATE) : int(end_s * RATE)]


def command():
    """Return "hey jarvis, what time is it" with the room around it."""
    wake = cut("wake/wyoming-openwakeword__hey_jarvis.wav", 0.5, 1.15)
    question = cut("commands/rhasspy3__what_time_is_it.wav", 0.72, 1.6)
    return [noise(1.5, -65), wake, noise(0.4, -65), question, noise(1.5, -65)]


COMMAND = np.concatenate(command()).astype(np.int16)
CHUNKS = len(COMMAND) // 1600
"""chunks of one command"""
IN_QUESTION = 30
"""chunk in the middle of a question"""


class Scene:
    """A recording of some commands, and configurations that come at given chunks."""

    def __init__(self, n_commands, **sections):
        class Input(SteppedInput):
            audio = np.concatenate([COMMAND] * n_commands)
            before = {}

        self._input = Input
        plugins = [*installed_plugins(), plugin_of("bench", Input)]
        self.registry = ComponentRegistry(PluginHost(plugins))
        self.reports = []
        self.processes = []
        self._base = {
            "inputs": {"default_provider": "stepped"},
            "outputs": {"default_provider": "none", "fallback_providers": []},
            "tts": {"enabled": False},
            **sections,
        }

    def config(self, **sections):
        """Return the configuration with some sections replaced."""
        return load_config({**self._base, **sections}, registry=self.registry)

    def reload_at(self, chunk, **sections):
        """Reload before this chunk is read."""
        self.do_at(chunk, lambda: self._reload(self.config(**sections)))

    def do_at(self, chunk, work):
        """Do something before this chunk is read."""
        self._input.before[chunk] = work

    def _reload(self, config):
        reloading = asyncio.run_coroutine_threadsafe(self.assistant.reload(config), self._loop)
        self.reports.append(reloading.result(timeout=120))

    def play(self):
        """Run to the end and return the events as dicts."""
        return asyncio.run(self._play())

    async def _play(self):
        self._loop = asyncio.get_running_loop()
        self.assistant = Assistant(self.config(), self.registry)
        async with self.assistant:
            return [event.to_dict() async for event in self.assistant.run()]


def answers(events):
    """Return who heard what."""
    return [(event["provider"], event["text"]) for event in told(events, "transcript")]


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Five commands in one recording, with another configuration before or within each."""
    sentences = tmp_path_factory.mktemp("sentences")
    (sentences / "en").mkdir()
    (sentences / "en" / "bad.yaml").write_text("language: en\nintents: [1, 2\n")
    voice = {"enabled": True, "default_provider": "espeak"}
    missing = {"default_provider": "vosk", "providers": {"vosk": {"model": "/nowhere/model"}}}
    others = {
        "vad": {"default_provider": "energy", "fallback_providers": []},
        "voice_trigger": {"default_provider": "openwakeword", "fallback_providers": []},
    }
    both = {**others["voice_trigger"], "wake_words": ["hey_jarvis", "alexa"]}
    scene = Scene(5, tts=voice)
    scene.reload_at(IN_QUESTION, asr=VOSK)
    scene.reload_at(2 * CHUNKS, **others)
    scene.reload_at(3 * CHUNKS, **others, asr=missing)
    scene.reload_at(3 * CHUNKS + 1, **others, intents={"sentences": [str(sentences)]})
    scene.do_at(2 * CHUNKS - 1, lambda: scene.processes.append(len(_workers())))
    scene.do_at(4 * CHUNKS - 1, lambda: scene.processes.append(len(_workers(0))))
    scene.reload_at(4 * CHUNKS, **{**others, "voice_trigger": both}, tts={**voice, "rate": 2.0})
    scene.events = scene.play()
    return scene


def test_a_question_is_heard_to_its_end_by_who_began_and_the_next_one_by_another(scene):
    """Vosk and its grammar are loaded while somebody speaks to PocketSphinx."""
    assert scene.reports[0].problems == ()
    providers = ["pocketsphinx", "vosk", "pocketsphinx", "pocketsphinx", "pocketsphinx"]
    assert [provider for provider, _ in answers(scene.events)] == providers


def _is_worker(process):
    try:
        return "warden.py" in " ".join(process.cmdline())
    except psutil.Error:
        return False  # it has just ended


def _workers(expected=None):
    """Return the processes of workers that were started here, as soon as there are so many."""
    for _ in range(1000 if expected is not None else 1):
        started = psutil.Process().children(recursive=True)
        children = [one for one in started if _is_worker(one)]
        if len(children) == expected:
            break
        threading.Event().wait(0.01)
    return children


def test_the_process_of_a_recogniser_that_is_done_without_ends(scene):
    """While the assistant goes on."""
    before, after = scene.processes
    assert before > 0
    assert after == 0


def test_pocketsphinx_hears_every_question_as_it_would_without_a_reload(scene):
    """Also the one in whose middle it was dismissed, and after it has come back."""
    texts = [text for provider, text in answers(scene.events) if provider == "pocketsphinx"]
    assert texts == [TIME] * 4


def test_other_engines_hear_the_wake_word_and_the_speech(scene):
    """openWakeWord is wrong about the first second of any stream: it hears two of them first."""
    heard = [event["provider"] for event in told(scene.events, "wake_word_detected")]
    assert heard == ["microwakeword"] * 2 + ["openwakeword"] * 3


def test_a_model_that_is_missing_and_a_broken_sentence_file_are_refused(scene):
    """One event each, with the place; the next command is answered as before."""
    refused = told(scene.events, "configuration_refused")
    assert [len(event["problems"]) for event in refused] == [1, 1]
    assert "/nowhere/model" in refused[0]["problems"][0]
    assert "bad.yaml" in refused[1]["problems"][0]


def test_a_voice_speaks_faster_and_more_words_wake(scene):
    """No engine is loaded for that."""
    assert scene.reports[-1].changed == ("voice_trigger.wake_words", "tts.rate")
    before, after = [e["seconds"] for e in told(scene.events, "speech_synthesized")][-2:]
    assert after < 0.7 * before


def test_sentences_of_a_handler_that_is_added_are_understood_and_guide_recognition():
    """Without `time` nobody knows the question; the grammar is made again when it comes."""
    scene = Scene(2, intents={"handlers": ["date"]})
    scene.reload_at(CHUNKS, intents={"handlers": ["date", "time"]})
    events = scene.play()
    understood = [event["intent"] for event in told(events, "intent_recognized")]
    assert understood == ["HassGetCurrentTime"]
    assert told(events, "transcript")[1]["in_grammar"] is True
    assert told(events, "transcript")[0]["in_grammar"] is not True
