"""Benchmarking real parts: each slot's engines on a real recording, and the whole assistant."""

from pathlib import Path

import pytest

from irene.config.loading import load_config
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError
from irene.performance.benchmark.benchmark_run import BenchmarkRun
from irene.performance.benchmark.clips import read_clips
from irene.performance.benchmark.measuring import Effort
from irene.performance.benchmark.running import WORKS, Benchmark, Wanted
from irene.plugin.host import installed_plugins
from irene.plugin.registry import ComponentRegistry
from irene.providers.vad import Vad, VadStream
from irene.testing.bench import registry_of

DATA = Path(__file__).parents[2] / "data"
REGISTRY = ComponentRegistry.installed()
UNDERSTANDING = ("intent_recognition", "intents")


class FailingStream(VadStream):
    """Hears nothing, and falls over."""

    def process(self, window):
        raise ValueError("out of order")

    def reset(self):
        """Nothing is kept."""


class FailingVad(Vad):
    """Can be loaded, and fails at work."""

    name = "failing"

    def open_stream(self):
        return FailingStream()


def benchmarked(*components, overrides=(), registry=REGISTRY, files=(), iterations=1, **wanted):
    config = load_config("demo", registry=registry, overrides=overrides, environ={})
    clips = read_clips(files, None, config, registry)
    effort = Effort(iterations=iterations, traces_memory=False)
    return Benchmark(config, registry, Wanted(clips, components, effort=effort, **wanted)).run()


@pytest.fixture(scope="module")
def run():
    """Return one iteration of everything that the demo's assistant consists of.

    But for its recogniser alone, which takes longest.
    """
    return benchmarked(*(name for name in WORKS if name != "asr"))


@pytest.fixture(scope="module")
def recogniser():
    """Return one iteration of the recogniser."""
    return benchmarked("asr")


@pytest.mark.parametrize(
    ("component", "provider"),
    [
        ("inputs", "file"),
        ("resampling", "soxr"),
        ("vad", "silero"),
        ("vad", "energy"),
        ("voice_trigger", "microwakeword"),
        ("voice_trigger", "openwakeword"),
        ("intent_recognition", "hassil"),
        ("intents", "time"),
        ("tts", "espeak"),
        ("outputs", "wav"),
        ("outputs", "none"),
        ("memory", ""),
        ("pipeline", ""),
    ],
)
def test_every_part_is_measured_with_every_provider(run, component, provider):
    """As the configuration lists them: default and fall-backs."""
    found = run.of(component, provider)
    assert found is not None
    assert (found.calls.n, found.n_failed) == (1, 0)
    assert 0 < found.calls.least_s <= found.calls.p50_s <= found.calls.most_s
    assert found.cold.first_call_s > 0


def test_nothing_is_measured_that_the_assistant_does_not_have(run):
    """What is left out says why; nothing failed."""
    assert run.broken == ()
    assert run.left_out["language"] == "language.enabled = false"
    assert run.left_out["intents volume"] == "nothing that is said in the recordings is for it"


def test_what_hears_audio_has_a_real_time_factor(run):
    """Against the length of the recording; what understands text has none."""
    audio_s = run.of("vad").audio_s
    assert 2.5 < audio_s < 4.0
    for component in ("inputs", "vad", "pipeline"):
        found = run.of(component)
        assert found.audio_s == audio_s
        assert found.rtf == pytest.approx(found.seconds.median / audio_s)
    assert run.of("intents").rtf is None
    assert 1.0 < run.of("tts").audio_s < 5.0


@pytest.mark.slow
def test_the_recogniser_writes_everything_down(recogniser):
    """The wake word as well; freely, so that it may be wrong."""
    found = recogniser.of("asr", "pocketsphinx")
    assert found.accuracy.n_reference == 6
    assert found.accuracy.rate < 1.0
    assert found.rtf > 0
    assert found.cold.load_s > 0.01
    assert found.cold.resident_mb > 1
    assert recogniser.versions["asr pocketsphinx"]


def test_the_assistant_writes_the_command_down(run):
    """Without the wake word."""
    assert run.of("pipeline").accuracy.n_reference == 4
    assert run.of("pipeline").accuracy.rate == 0.0
    assert run.of("vad").accuracy is None


def test_the_pipeline_is_the_whole_assistant(run):
    """It woke, heard one command, understood it, and its answer had a first sound."""
    further = run.of("pipeline").further
    assert (further["woken_share"], further["commands"]) == (1.0, 1.0)
    assert further["response_ms"] > 0
    assert run.of("tts").further["first_audio_ms"] > 0
    assert run.of("intent_recognition").further == {"understood_share": 1.0}


def test_engines_are_named_with_their_versions(run):
    """What another version took is not this one's time."""
    assert run.versions["tts espeak"]


def test_loading_an_engine_is_told_apart(run):
    """With the memory that it took."""
    cold = run.of("pipeline").cold
    assert cold.load_s > 0.01
    assert cold.resident_mb > 0


def test_a_run_of_one_iteration_is_not_trusted(run):
    """And says so."""
    assert all("only 1 round" in one.doubts for one in run.measurements)
    assert run.verdict.startswith("do not trust it")
    assert BenchmarkRun.from_dict(run.to_dict()) == run


def test_nothing_of_the_users_is_written(tmp_path, monkeypatch):
    """The answer, and the state of handlers, lie in a folder that is gone afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    found = benchmarked("outputs", "intents", iterations=1)
    assert found.of("outputs", "wav") is not None
    assert list(tmp_path.iterdir()) == []


def test_own_recordings_are_worked_on_one_after_the_other():
    """One call is all of them."""
    files = (
        str(DATA / "commands" / "rhasspy3__what_time_is_it.wav"),
        str(DATA / "wake" / "wwb_alexa_083.flac"),
    )
    found = benchmarked("vad", "inputs", *UNDERSTANDING, files=files)
    assert found.of("vad").what.startswith("2 recordings, ")
    assert found.of("vad").audio_s > 2.0
    assert "--reference" in found.left_out["intents"]
    assert "--reference" in found.left_out["intent_recognition"]


def test_a_provider_that_is_not_in_the_configuration_can_be_asked_for():
    """Whatever is installed: only it is measured."""
    found = benchmarked("vad", provider="energy")
    assert [one.name for one in found.measurements] == ["vad energy"]


def test_a_provider_that_nobody_offers_is_one_line():
    """The known ones are named."""
    with pytest.raises(ConfigurationError, match="no vad provider is called 'nope'"):
        benchmarked("vad", provider="nope")


def test_a_provider_that_fails_at_work_is_told_and_the_others_are_measured():
    """It has no time."""
    registry = registry_of(FailingVad, installed=installed_plugins())
    overrides = ("vad.default_provider=failing", 'vad.fallback_providers=["energy"]')
    found = benchmarked("vad", registry=registry, overrides=overrides)
    assert [one.name for one in found.measurements] == ["vad energy"]
    assert found.broken == ("vad failing",)
    assert found.left_out["vad failing"] == "it failed every time: ValueError: out of order"


def test_a_provider_whose_package_is_missing_is_left_out_with_the_cure(monkeypatch):
    """It is no failure: nobody installed it."""
    entry = REGISTRY.find(Kind.VAD, "silero")
    from irene.providers.availability import Availability

    missing = Availability(False, "its package is missing", "pip install it")
    monkeypatch.setattr(entry.cls, "_check", lambda self: missing)
    found = benchmarked("vad")
    assert [one.name for one in found.measurements] == ["vad energy"]
    assert "pip install it" in found.left_out["vad silero"]
    assert found.broken == ()


@pytest.mark.parametrize(
    ("override", "component", "name"),
    [
        ("tts.enabled=false", "tts", "tts"),
        ("voice_trigger.enabled=false", "voice_trigger", "voice_trigger"),
        ("intent_recognition.enabled=false", "intents", "intents"),
    ],
)
def test_a_slot_that_is_switched_off_says_so(override, component, name):
    """With the key that switches it on."""
    found = benchmarked(component, overrides=(override,))
    assert found.measurements == ()
    assert found.left_out[name].endswith("enabled = false")


def test_what_is_slow_to_end_is_interrupted_between_two_parts():
    """Ctrl-C while the second is measured: the first is kept, the third is not begun."""

    seen = []

    def progress(name, index, n_rounds):
        seen.append(name)
        if name == "memory" and index == 2:
            raise KeyboardInterrupt

    config = load_config("demo", registry=REGISTRY, environ={})
    clips = read_clips((), None, config, REGISTRY)
    wanted = Wanted(clips, ("inputs", "memory", "vad"), effort=Effort(iterations=3))
    found = Benchmark(config, REGISTRY, wanted, progress=progress).run()
    assert found.is_interrupted
    assert [one.name for one in found.measurements] == ["inputs file", "memory"]
    assert found.of("memory").doubts[0] == "it was interrupted"
    assert not any(name.startswith("vad") for name in seen)
