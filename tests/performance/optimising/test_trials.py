"""Trials: the real assistant in a process of its own, which may die or hang."""

import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from simulated import result

from irene.config.loading import load_config
from irene.domain.kinds import Kind
from irene.performance.optimising.goals import Metric
from irene.performance.optimising.questions import Question, Shape, Source, bundled, prepare
from irene.performance.optimising.rehearsal import RehearsingRegistry
from irene.performance.optimising.request import Request
from irene.performance.optimising.rounds import Budget
from irene.performance.optimising.search import Search
from irene.performance.optimising.trial import (
    Heard,
    TrialRequest,
    TrialResult,
    compared,
    run_trial,
    stage_set,
    tree_cpu_s,
    tree_peak_mb,
    words_of,
)
from irene.performance.optimising.trial_process import fresh_trial
from irene.plugin.host import PluginHost
from irene.plugin.local import plugins_in
from irene.plugin.registry import ComponentRegistry

ENGINES = ("pymicro_wakeword", "onnxruntime", "espeakng_loader", "hassil", "soundfile")
REGISTRY = ComponentRegistry.installed()
REQUEST = TrialRequest(None, (), (), realtime=False, wakes=True)
ACTS = """
from irene import Intent, IntentHandler, Response, hookimpl


class Lamp(IntentHandler):
    name = "lamp"
    intents = ("LampOn",)

    def handle(self, intent, context):
        raise SystemExit("a lamp was switched on")

    def start(self, services):
        raise SystemExit("a connection was opened")


@hookimpl
def irene_intent_handlers():
    return [Lamp]
"""


def die(request):
    """End as an engine's crash does."""
    os.write(2, b"loading\nterminate called: no such file\n")
    os.abort()


def hang(request):
    """Never end."""
    threading.Event().wait()


def break_down(request):
    """Fail as nobody expects."""
    raise KeyError("x")


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (die, "its process died (SIGABRT): terminate called: no such file"),
        (break_down, "KeyError: 'x'"),
    ],
)
def test_what_goes_wrong_in_a_trial_is_told_in_a_line(work, words):
    """The search goes on."""
    assert fresh_trial(REQUEST, work).failure == words


def litter(request):
    """Leave a temporary folder, as one that is killed does, and tell its place."""
    return TrialResult(failure=tempfile.mkdtemp())


def test_temporary_files_of_a_trial_go_with_it():
    """Also when it had no time to delete them."""
    folder = Path(fresh_trial(REQUEST, litter).failure)
    assert folder.parent.name.startswith("irene-trial-")
    assert not folder.parent.exists()


def test_a_trial_that_hangs_is_killed():
    """After the time that it was given."""
    assert "did not end within" in fresh_trial(REQUEST, hang, 0.01).failure


def test_no_handler_acts_in_a_trial(tmp_path):
    """What would switch a lamp on says a number instead, another one each time."""
    (tmp_path / "lamp.py").write_text(ACTS)
    registry = RehearsingRegistry(ComponentRegistry(PluginHost(plugins_in([tmp_path]))))
    lamp = registry.create(Kind.INTENTS, "lamp")
    lamp.load()
    lamp.start(None)
    context = type("Context", (), {"language": "de"})()
    said = [lamp.handle(None, context) for _ in range(2)]
    assert said[0].text != said[1].text
    assert said[0].language == "de"
    assert registry.entries(Kind.INTENTS)["lamp"].name == "lamp"
    assert lamp.intents == ("LampOn",)


def test_a_trial_leaves_no_traces(tmp_path):
    """No state, no store, no socket, no sound, no port."""
    overrides = stage_set(tmp_path, tmp_path / "heard.wav", Shape(block_ms=10.0), wakes=False)
    config = load_config({}, registry=REGISTRY, overrides=overrides, environ={})
    assert config.assistant.state_folder == str(tmp_path / "state")
    assert not config.assistant.control
    assert not config.performance.store
    assert config.performance.metrics_port == 0
    assert config.outputs.default_provider == "none"
    assert config.inputs.providers["file"].options.block_ms == 10
    assert not config.voice_trigger.enabled


def test_numbers_count_as_words_where_english_is_spoken():
    """`10` is `ten`; in other languages numerals stay as they are written."""
    english = load_config({}, registry=REGISTRY, environ={})
    german = load_config({"assistant": {"language": "de"}}, registry=REGISTRY, environ={})
    assert words_of(english)("Wait 10 minutes") == ["wait", "ten", "minutes"]
    assert words_of(german)("10 Minuten") == ["10", "minuten"]


HEARD = Heard("wait ten minutes", 300.0, 0.1, True, True)


@pytest.mark.parametrize(
    ("heard", "reference", "understood", "errors", "n_words"),
    [
        (HEARD, None, True, 0, 0),
        (HEARD, "Wait 10 minutes!", True, 0, 3),
        (HEARD, "wait twenty minutes", True, 1, 3),
        (HEARD, "", False, 3, 0),
        (replace(HEARD, text="", is_understood=False), "", False, 0, 0),
        (replace(HEARD, text="", has_woken=False), "", True, 0, 0),
        (replace(HEARD, text=""), None, False, 0, 0),
    ],
)
def test_what_was_heard_is_compared_with_what_was_said(
    heard, reference, understood, errors, n_words
):
    """Nothing meant for it: neither a wake word nor a text may come of it."""
    config = load_config({}, registry=REGISTRY, environ={})
    found = compared(heard, reference, words_of(config))
    assert (found.is_understood, found.word_errors, found.n_words) == (understood, errors, n_words)
    assert found.is_known == (reference is not None)


def test_this_process_takes_something():
    """Memory and processor are those of the process and its children."""
    assert tree_peak_mb() > 10
    assert tree_cpu_s() > 0


@pytest.fixture
def demo():
    """The demo's engines."""
    for engine in (*ENGINES, "pocketsphinx"):
        pytest.importorskip(engine, reason="the demo's engines are not installed")


@pytest.mark.slow
def test_the_real_assistant_is_measured(demo, tmp_path):
    """Question, delay, memory and processor; an engine that is missing is a reason, no crash."""
    config = load_config("demo", registry=REGISTRY, environ={})
    questions = prepare(bundled(), config, REGISTRY, tmp_path, 1.0)
    worked = fresh_trial(TrialRequest("demo", (), questions, realtime=False, wakes=True))
    assert worked.failure == ""
    (heard,) = worked.heard
    assert (heard.text, heard.word_errors, heard.n_words) == ("what time is it", 0, 4)
    assert heard.has_woken
    assert heard.is_understood
    assert heard.latency_ms > 500
    assert heard.cpu_s > 0
    assert worked.rss_mb > 50
    missing = ("asr.default_provider=vosk", "asr.providers.vosk.model=nowhere")
    failed = fresh_trial(TrialRequest("demo", missing, questions, realtime=False, wakes=True))
    assert "vosk" in failed.failure


@pytest.mark.slow
def test_a_device_of_another_rate_is_imitated(demo, tmp_path):
    """A microphone of 48 kHz in stereo is heard as such, in this process."""
    config = load_config("demo", registry=REGISTRY, environ={})
    (question,) = prepare(bundled(), config, REGISTRY, tmp_path, 1.0)
    shape = ("rate=48000", "capture_channels=2", "chunk_size=1920")
    overrides = (
        "inputs.default_provider=microphone",
        *(f"inputs.providers.microphone.{one}" for one in shape),
    )
    heard = run_trial(TrialRequest("demo", overrides, (question,), realtime=False, wakes=True))
    assert heard.heard[0].text == "what time is it"


@pytest.mark.slow
def test_a_bad_configuration_is_really_improved(demo, tmp_path, data_folder):
    """Too long a silence: the real assistant answers sooner, and that is proven."""
    path = tmp_path / "irene.toml"
    path.write_text(
        '[vad]\ndefault_provider = "energy"\nend_silence_ms = 3000\n\n'
        '[asr]\ngrammar = "only"\npartials = false\n\n[tts]\nenabled = false\n\n'
        '[voice_trigger]\nenabled = false\n\n[intents]\nhandlers = ["time"]\n'
    )
    speech = data_folder / "commands" / "rhasspy3__what_time_is_it.wav"
    request = Request(
        str(path),
        recordings=(Source(str(speech), "what time is it"),),
        budget=Budget(30.0),
        only=("vad.end_silence_ms",),
    )
    with Search(request, registry=REGISTRY, run=TwiceForReal()) as search:
        found = search.run()
    (change,) = found.changes
    assert (change.key, change.after) == ("vad.end_silence_ms", 500)
    assert found.after[Metric.WER] == found.before[Metric.WER] == 0.0
    assert found.after[Metric.LATENCY] < 0.5 * found.before[Metric.LATENCY]


class TwiceForReal:
    """Runs each configuration twice, here and as fast as it can be read; then repeats that."""

    def __init__(self):
        self.seen = {}

    def __call__(self, request):
        silence = [one.partition("=")[2] for one in request.overrides]
        if silence and silence != ["500"]:
            return type(result())(failure="left out to save time")
        seen = self.seen.setdefault(request.overrides, [])
        if len(seen) < 2:
            fast = replace(request, realtime=False)
            seen.append(run_trial(fast))
            return seen[-1]
        seen.append(seen.pop(0))
        return seen[-1]


def test_a_recording_is_known_by_its_name():
    """Not by the file that was made of it."""
    assert Question("mine.wav", None, None, 1.0, 2.0).name == "mine.wav"
