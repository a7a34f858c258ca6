"""Limits as people write them, and what may be turned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.config.loading import load_config
from irene.config.toml_text import format_value
from irene.errors import ConfigurationError
from irene.performance.optimising.goals import Goal, Limit, Metric, excess_of, read_limits
from irene.performance.optimising.knobs import ROWS, Knob, Scene, turns
from irene.plugin.registry import ComponentRegistry

REGISTRY = ComponentRegistry.installed()
SCENE = Scene(wakes=True, has_others=True, sample_rates=frozenset({48000}))


def knobs(goal=Goal.LATENCY, scene=SCENE, **settings):
    """Return what may be turned, by key, and what may not, by name."""
    config = load_config(settings, registry=REGISTRY, environ={})
    found = {name: turn(config) for name, turn in turns(REGISTRY, scene, goal)}
    turned = {one.key: one for one in found.values() if isinstance(one, Knob)}
    return turned, {name: one for name, one in found.items() if isinstance(one, str)}


@pytest.mark.parametrize(
    ("text", "metric", "most"),
    [
        ("rss=300MB", Metric.RSS, 300.0),
        ("memory=1.2GB", Metric.RSS, 1200.0),
        ("latency<=0.5s", Metric.LATENCY, 500.0),
        ("latency=500ms", Metric.LATENCY, 500.0),
        ("wer=10%", Metric.WER, 0.1),
        ("cpu=0.2", Metric.CPU, 0.2),
        ("unanswered=0%", Metric.UNANSWERED, 0.0),
    ],
)
def test_limits_are_read_with_their_units(text, metric, most):
    """Names and units as people write them."""
    assert read_limits([text]) == (Limit(metric, pytest.approx(most)),)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["rss"], "rss=300MB"),
        (["speed=3"], "names: latency"),
        (["rss=300"], "a number of MB or GB"),
        (["rss=3..0MB"], "a number of MB or GB"),
        (["latency=5%"], "a number of ms or s"),
        (["rss=1MB", "memory=2MB"], "limited twice"),
    ],
)
def test_what_is_no_limit_is_refused_with_what_would_be(texts, words):
    """One line that says how to write it."""
    with pytest.raises(ConfigurationError, match="--limit") as caught:
        read_limits(texts)
    assert words in str(caught.value)


@given(st.sampled_from(list(Metric)), st.floats(0.01, 1000), st.floats(0, 2000))
def test_excess_is_nothing_within_and_grows_beyond(metric, most, value):
    """Also with a limit that is written and read again."""
    limit = Limit(metric, most)
    assert (limit.excess(value) > 0) == (value > most)
    assert limit.excess(value + 1) >= limit.excess(value)


def test_what_was_not_measured_is_beyond_any_limit():
    """A configuration without an answer keeps no limit of latency."""
    assert excess_of([Limit(Metric.LATENCY, 500)], {}) == float("inf")


def test_every_row_names_a_key_and_allowed_values():
    """Candidates lie in the ranges that the sections declare; what is now is not among them."""
    for goal in (Goal.LATENCY, Goal.MEMORY):
        turned, _ = knobs(goal, language={"languages": ["en", "de"]})
        for key, knob in turned.items():
            assert knob.before not in knob.values, key
            assert knob.why, f"{key} is not described"
            for value in knob.values:
                overrides = [f"{key}={format_value(value)}"]
                load_config({}, registry=REGISTRY, overrides=overrides, environ={})


def test_a_goal_turns_only_what_can_serve_it():
    """A cache of phrases makes no answer faster that was never given before."""
    rows = {f"{row.section}.{row.key}": row.goals for row in ROWS}
    for goal in (Goal.MEMORY, Goal.LATENCY):
        turned = rows.keys() & knobs(goal)[0].keys()
        assert turned
        assert all(goal in rows[key] for key in turned)


def test_engines_that_lack_something_are_no_candidates():
    """Whisper without a model, and whatever is not installed."""
    turned, _ = knobs()
    names = turned["asr.default_provider"].values
    for name in names:
        assert REGISTRY.create("asr", name).check().ready
    assert "pocketsphinx" not in names


def test_wake_words_are_tuned_only_where_false_alarms_would_show():
    """A lower threshold hears everything; recordings without the wake word must be there."""
    turned, untried = knobs(scene=Scene(True, False, frozenset({16000})))
    assert "voice_trigger.confidence_threshold" not in turned
    assert "false alarms" in untried["voice_trigger.confidence_threshold"]
    assert "false alarms" in untried["voice_trigger.default_provider"]
    silent, told = knobs(scene=Scene(False, False, frozenset({16000})))
    assert not [key for key in silent if key.startswith("voice_trigger")]
    assert not told


def test_an_engine_without_the_wake_word_is_no_candidate():
    """Whatever it would hear is not what was said."""
    pytest.importorskip("pymicro_wakeword", reason="microWakeWord is not installed")
    turned, _ = knobs(voice_trigger={"wake_words": ["okay_nabu"]})
    assert "energy" not in turned["voice_trigger.default_provider"].values


def test_conversion_is_tuned_only_where_something_is_converted():
    """16 kHz in, 16 kHz wanted: its quality is nobody's business."""
    assert "asr.resample_quality" in knobs()[0]
    same = Scene(True, True, frozenset({16000}))
    assert "asr.resample_quality" not in knobs(scene=same)[0]


ISOLATED = {
    "asr": {
        "default_provider": "faster-whisper",
        "providers": {"faster-whisper": {"isolation": "process"}},
    },
    "inputs": {"default_provider": "microphone"},
    "language": {"enabled": True, "languages": ["en", "de"]},
}


@pytest.mark.parametrize(
    ("goal", "promised"),
    [
        (
            Goal.LATENCY,
            {"default_provider", "chunk_size", "resample_quality", "threads", "gate_db"},
        ),
        (Goal.CPU, {"default_provider", "chunk_size", "resample_quality", "threads", "gate_db"}),
        (Goal.MEMORY, {"default_provider", "cache_max_mb", "encoder_cache_mb", "parallel"}),
        (Goal.ACCURACY, {"default_provider", "resample_quality", "beam_size", "threshold"}),
    ],
)
def test_what_is_promised_is_tried(goal, promised):
    """Engines, blocks, quality, threads, gate and caches by goal; isolation and workers always."""
    turned = {key for key, knob in knobs(goal, **ISOLATED)[0].items() if knob.values}
    names = {key.rpartition(".")[2] for key in turned}
    assert names >= promised | {"isolation", "workers"}
    assert "asr.providers.faster-whisper.workers" in turned


def test_workers_are_tuned_only_with_processes():
    """A recogniser on threads has none."""
    isolated = {"providers": {"pocketsphinx": {"isolation": "process", "workers": 2}}}
    turned, _ = knobs(asr={"default_provider": "pocketsphinx", **isolated})
    assert turned["asr.providers.pocketsphinx.workers"].values == (1,)
    assert "crash" in turned["asr.providers.pocketsphinx.isolation"].caution
    assert "asr.providers.pocketsphinx.workers" not in knobs()[0]


def test_the_blocks_of_a_microphone_are_tuned_in_its_own_samples():
    """10 to 80 ms at its rate; a rate above the recogniser's may go down to it."""
    inputs = {"providers": {"microphone": {"rate": 48000, "chunk_size": 1920}}}
    turned, _ = knobs(inputs={"default_provider": "microphone", **inputs})
    assert turned["inputs.providers.microphone.chunk_size"].values == (480, 960, 3840)
    assert turned["inputs.providers.microphone.rate"].values == (16000,)
    assert "inputs.providers.file.chunk_size" not in knobs(inputs={"default_provider": "file"})[0]


def test_options_of_whisper_models_are_tuned():
    """Number types, threads, beams and passes, as the engine's own options declare them."""
    turned, _ = knobs(asr={"default_provider": "faster-whisper"})
    types = turned["asr.providers.faster-whisper.compute_type"]
    assert types.before == "auto"
    assert {"int8", "float32"} <= set(types.values)
    assert turned["asr.providers.faster-whisper.beam_size"].values == (2, 5)
    assert turned["asr.providers.faster-whisper.word_times"].values == (False,)
    assert 1 in turned["asr.providers.faster-whisper.threads"].values


def test_a_named_instance_is_tuned_in_its_own_table():
    """Two Whisper models may be configured: the one that is used is meant."""
    tables = {"my model": {"type": "faster-whisper", "beam_size": 5}}
    turned, _ = knobs(asr={"default_provider": "my model", "providers": tables})
    assert turned['asr.providers."my model".beam_size'].values == (1, 2)
    assert "asr.providers.faster-whisper.beam_size" not in turned


def test_a_part_that_is_switched_off_is_left_alone():
    """No voice: no voice is chosen, and none is cached."""
    turned, _ = knobs(Goal.MEMORY, tts={"enabled": False}, vad={"enabled": True})
    assert not [key for key in turned if key.startswith("tts.")]


def test_models_that_are_installed_are_candidates(tmp_path, monkeypatch):
    """Those of the recogniser's kind that are whole; a folder of something else is none."""
    pytest.importorskip("pocketsphinx", reason="PocketSphinx is not installed")
    monkeypatch.setenv("IRENE_MODELS", str(tmp_path))
    (tmp_path / "pocketsphinx" / "broken").mkdir(parents=True)
    turned, _ = knobs(asr={"default_provider": "pocketsphinx"})
    assert turned["asr.providers.pocketsphinx.model"].values == ()
