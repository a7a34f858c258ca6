"""Searches with real recognisers: goals that are reached, and settings that are really tried."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from irene.config.loading import load_config
from irene.config.toml_text import format_value
from irene.performance.optimising.goals import Goal, Metric
from irene.performance.optimising.knobs import Knob, Scene, turns
from irene.performance.optimising.questions import Source, prepare
from irene.performance.optimising.request import Request
from irene.performance.optimising.rounds import Budget
from irene.performance.optimising.search import Search
from irene.performance.optimising.trial import TrialRequest, run_trial
from irene.plugin.registry import ComponentRegistry

pytestmark = pytest.mark.slow
REGISTRY = ComponentRegistry.installed()
SCENE = Scene(wakes=False, has_others=False, sample_rates=frozenset({16000}))
MODELS = Path(__file__).parents[2] / "models"
HEAD = """
[assistant]
language = "en"
transcribe_timeout_ms = 100000

[voice_trigger]
enabled = false

[tts]
enabled = false

[vad]
default_provider = "energy"
"""


def commands(folder, n):
    """Return that many English commands of a synthetic voice, with what is said."""
    with (folder / "whisper" / "manifest.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "command"]
    english = [row for row in rows if row["language"] == "en"][:n]
    return tuple(
        Source(str(folder / "whisper" / one["file"]), one["transcript_or_label"]) for one in english
    )


class EachOnce:
    """Runs each configuration once, in this process, and then says the same again."""

    def __init__(self):
        self.seen = {}

    def __call__(self, request):
        key = request.overrides
        if key not in self.seen:
            self.seen[key] = run_trial(replace(request, realtime=False))
        return self.seen[key]


def test_a_better_recogniser_is_found_for_the_goal_accuracy(tmp_path, data_folder):
    """The other engine makes fewer errors with the user's own recordings: that is proven."""
    for engine in ("pocketsphinx", "vosk"):
        pytest.importorskip(engine, reason=f"{engine} is not installed")
    path = tmp_path / "irene.toml"
    path.write_text(
        f'{HEAD}\n[asr]\ndefault_provider = "pocketsphinx"\ngrammar = "off"\npartials = false\n\n'
        f'[asr.providers.vosk]\nmodel = "{MODELS / "vosk" / "irene-commands-en"}"\n'
    )
    request = Request(
        str(path),
        recordings=commands(data_folder, 8),
        goal=Goal.ACCURACY,
        budget=Budget(30.0),
        only=("asr.default_provider",),
    )
    with Search(request, registry=REGISTRY, run=EachOnce()) as search:
        found = search.run()
    (change,) = found.changes
    assert (change.key, change.before, change.after) == (
        "asr.default_provider",
        "pocketsphinx",
        "vosk",
    )
    assert found.after[Metric.WER] < 0.5 * found.before[Metric.WER]
    (proof,) = found.confirmation.proofs
    assert proof.decided == (Metric.WER,)
    assert proof.evidence[Metric.WER].n == 8


@pytest.fixture(params=["vosk", "whisper", "faster-whisper"])
def engine(request):
    """Return the name of a recogniser and the lines of its table."""
    modules = {"faster-whisper": "faster_whisper"}
    pytest.importorskip(modules.get(request.param, request.param), reason="it is not installed")
    models = {
        "vosk": lambda: MODELS / "vosk" / "irene-commands-en",
        "whisper": lambda: MODELS / "whisper" / "irene-commands" / "model.pt",
        "faster-whisper": lambda: request.getfixturevalue("micro_faster_whisper"),
    }
    return request.param, f'\n[asr.providers.{request.param}]\nmodel = "{models[request.param]()}"'


@pytest.mark.parametrize("end", [0, -1], ids=["first values", "last values"])
def test_the_settings_of_a_recogniser_that_are_tried_work(engine, end, tmp_path, data_folder):
    """Threads, beams, number types, passes, partial hypotheses: the assistant hears with them."""
    name, table = engine
    path = tmp_path / "irene.toml"
    path.write_text(f'{HEAD}\n[asr]\ndefault_provider = "{name}"\n{table}\n')
    config = load_config(str(path), registry=REGISTRY, environ={})
    questions = prepare(commands(data_folder, 1), config, REGISTRY, tmp_path, 1.0)
    found = [turn(config) for goal in Goal for _, turn in turns(REGISTRY, SCENE, goal)]
    values = {one.key: usable(one)[end] for one in found if isinstance(one, Knob) and is_told(one)}
    assert len(values) >= 2
    overrides = tuple(f"{key}={format_value(value)}" for key, value in values.items())
    asked = TrialRequest(str(path), overrides, questions, realtime=False, wakes=False)
    (heard,) = run_trial(asked).heard
    assert heard.text


def usable(knob):
    """Return the values that a processor takes: number types of half precision are for cards."""
    return [one for one in knob.values if "float16" not in str(one)]


def is_told(knob):
    """Whether a knob is of the recogniser itself; processes and engines are tried elsewhere."""
    words = ("isolation", "workers", "default_provider")
    is_own = knob.key.startswith("asr.") and knob.key.rpartition(".")[2] not in words
    return is_own and bool(usable(knob))
