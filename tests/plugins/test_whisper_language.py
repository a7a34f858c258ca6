"""Spoken language identification with a real Whisper model, beside a recogniser on the same one."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from irene import AsrRequest, ModelMissingError, SharedEngines
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry
from irene.studies.languages.code_switching import halves
from irene.studies.languages.switches import SwitchTrial
from irene.studies.languages.trial import Trial
from irene_plugins.asr.whisper.faster.provider import FasterWhisperAsr, FasterWhisperOptions
from irene_plugins.asr.whisper.provider import WhisperAsr, WhisperOptions
from irene_plugins.language.faster_whisper import (
    FasterWhisperLanguage,
    FasterWhisperLanguageOptions,
)
from irene_plugins.language.whisper import WhisperLanguage, WhisperLanguageOptions

RATE = 16000
LANGUAGES = ["en", "de", "ru", "fr"]


class OpenAi:
    """Both slots on openai-whisper."""

    def __init__(self, model):
        self.model = model

    def language(self):
        return WhisperLanguage(WhisperLanguageOptions(model=self.model, threads=1))

    def asr(self):
        options = WhisperOptions(model=self.model, threads=1, temperature_fallback=False)
        return WhisperAsr(options)


class CTranslate2:
    """Both slots on faster-whisper, in 8 bits."""

    def __init__(self, model):
        self.model = model

    def language(self):
        options = FasterWhisperLanguageOptions(model=self.model, threads=1, compute_type="int8")
        return FasterWhisperLanguage(options)

    def asr(self):
        options = FasterWhisperOptions(
            model=self.model, threads=1, compute_type="int8", temperature_fallback=False
        )
        return FasterWhisperAsr(options)


@pytest.fixture(scope="module")
def checkpoint(micro_whisper):
    """The small Whisper model of the tests."""
    if not micro_whisper.is_file():
        pytest.skip("the Whisper model of the tests has not been built: make models")
    return str(micro_whisper)


@pytest.fixture(scope="module", params=["openai-whisper", "faster-whisper"])
def library(request, checkpoint):
    """The library that runs the model."""
    if request.param == "openai-whisper":
        return OpenAi(checkpoint)
    return CTranslate2(str(request.getfixturevalue("micro_faster_whisper")))


@pytest.fixture(scope="module")
def identifier(library):
    """A loaded identifier on one core."""
    made = library.language()
    made.load()
    yield made
    made.close()


def sound(seconds=1.0, seed=7):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(round(seconds * RATE)) * 0.1).astype(np.float32)


def test_a_missing_model_names_the_cure():
    """Without the engine being imported."""
    pytest.importorskip("whisper", reason="openai-whisper is not installed")
    made = WhisperLanguage(WhisperLanguageOptions(model="tiny-that-nobody-has"))
    availability = made.check()
    assert availability.is_model
    with pytest.raises(ModelMissingError, match=r"language\.providers\.whisper\.model"):
        made.load()


def test_windows_and_hops_are_those_of_its_options():
    """In samples at 16 kHz; the whole utterance unless that is switched off."""
    needs = WhisperLanguage(WhisperLanguageOptions(window_ms=1500, hop_ms=200)).capabilities
    assert (needs.window, needs.hop, needs.longest) == (24000, 3200, 448_000)
    assert WhisperLanguage(WhisperLanguageOptions(whole=False)).capabilities.longest == 0


def test_silence_gives_no_opinion():
    """Nothing is encoded for it."""
    made = WhisperLanguage()
    assert made.identify(np.zeros(32000, np.float32)) == {}
    assert made.identify(sound() * 1e-4) == {}
    assert not made.is_loaded


@pytest.mark.slow
def test_probabilities_of_all_languages_sum_to_one(identifier):
    """Of 99; whoever asks takes those that may be spoken."""
    shares = identifier.identify(sound())
    assert len(shares) == 99
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-4)
    assert set(identifier.capabilities.languages) == set(shares)


@pytest.mark.slow
def test_its_stages_are_measured(identifier):
    """By the names of monitoring."""
    identifier.identify(sound(seed=3))
    measured = identifier.metrics.get_statistics()
    assert set(measured) == {"lid.encoder_forward", "lid.detect"}  # the total is the slot's
    assert measured["lid.encoder_forward"]["p95"] > 0


@pytest.mark.slow
def test_an_identical_window_is_encoded_once(identifier):
    """Live and repeated audio are counted apart."""
    before = identifier.engines.encodings.stats()
    first = identifier.identify(sound(seed=11), live=True)
    assert identifier.identify(sound(seed=11)) == first
    after = identifier.engines.encodings.stats()
    assert after.live.misses - before.live.misses == 1
    assert after.repeated.hits - before.repeated.hits == 1
    assert after.repeated.misses == before.repeated.misses


@pytest.mark.slow
def test_many_threads_get_what_one_gets(identifier):
    """openai-whisper is not safe in threads; the engine is."""
    windows = [sound(seed=seed) for seed in range(6)]
    alone = [identifier.identify(window) for window in windows]
    identifier.engines.encodings.clear()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(identifier.identify, windows))
    for one, other in zip(alone, together, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


@pytest.mark.slow
def test_recogniser_and_identifier_load_one_model(library):
    """Twice the memory would be needed otherwise."""
    engines, language, asr = SharedEngines(), library.language(), library.asr()
    language.engines = asr.engines = engines
    language.load()
    asr.load()
    assert language._loaded_engine() is asr._engine()
    language.close()
    assert asr._engine().is_multilingual
    asr.close()


@pytest.mark.slow
def test_one_pass_serves_identification_and_recognition(library):
    """Of the identical utterance; what recognition does with it changes nothing."""
    engines, language, asr = SharedEngines(), library.language(), library.asr()
    language.engines = asr.engines = engines
    audio = sound(1.3, seed=23)
    before = language.identify(audio, live=True)
    stream = asr.open_stream(AsrRequest(RATE, "en", live=True))
    stream.accept(audio)
    stream.finish()
    stream.close()
    passes = engines.encodings.stats().live
    assert (passes.misses, passes.hits) == (1, 1)
    assert language.identify(audio) == pytest.approx(before, abs=1e-6)
    language.close()
    asr.close()


@pytest.fixture(scope="module")
def trial(checkpoint, data_folder):
    """The recordings of voices that the model was not trained on, in four languages."""
    registry = ComponentRegistry.installed()
    engine = {"providers": {"whisper": {"model": checkpoint, "threads": 1}}}
    tables = {
        "language": {
            "enabled": True,
            "languages": LANGUAGES,
            **engine,
        },
        "asr": {"default_provider": "whisper", "grammar": "off", **engine},
    }
    config = load_config(tables, registry=registry, environ={})
    made = Trial(Assembly(config, registry), data_folder / "whisper")
    yield made
    made.close()


@pytest.mark.slow
def test_the_languages_of_commands_are_told_apart(trial):
    """Nine in ten at least, as whole utterances."""
    right = asked = 0
    for one in trial.recordings:
        if one.kind == "command":
            opinion = trial.component.whole(one.clip.samples)
            right, asked = right + (opinion.language == one.language), asked + 1
    assert asked >= 40
    assert right >= 0.9 * asked


@pytest.mark.slow
def test_a_code_switched_recording_has_the_right_languages(trial):
    """English, German, French; each change in the pause between both."""
    (found,) = trial.switches()
    assert found.spoken == ("en", "de", "fr")
    assert found.is_right


@pytest.mark.slow
def test_changes_are_found_in_recordings_that_nothing_was_chosen_with(trial):
    """Nine in ten, and few where none is; composed of one language, of two and of three."""
    made = halves(trial.commands, 24)
    score = SwitchTrial(trial.component, made.judging).score(trial.component.dwell_s)
    assert score.n_changes >= 20
    assert score.n_found >= 0.9 * score.n_changes
    assert score.n_invented <= 0.1 * score.n_changes
    assert score.n_right >= 0.8 * score.n_recordings


def test_it_is_offered_for_the_language_slot():
    """Through the entry point, as any plugin."""
    assert "whisper" in ComponentRegistry.installed().entries(Kind.LANGUAGE)
