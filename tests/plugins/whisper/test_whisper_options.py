"""Options, languages and files of Whisper models: what is taken, and what is refused."""

import pickle
from dataclasses import replace
from importlib.util import find_spec

import pytest

from irene import AsrRequest, ConfigurationError, ModelMissingError
from irene_plugins.asr.whisper.checkpoint import (
    OFFICIAL,
    cache_folder,
    cure,
    find_checkpoint,
    official_name,
)
from irene_plugins.asr.whisper.languages import whisper_language
from irene_plugins.asr.whisper.options import HearingOptions
from irene_plugins.asr.whisper.provider import WhisperAsr, WhisperOptions

KNOWN = ("en", "de", "no", "tl", "zh")


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("IRENE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "models" / "whisper"
    folder.mkdir(parents=True)
    cache_folder().mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    "wrong",
    [
        {"threads": -1},
        {"beam_size": 0},
        {"no_speech_threshold": 1.5},
        {"logprob_threshold": 0.5},
        {"compression_ratio": 0.5},
        {"least_confidence": -0.1},
        {"prompt_tokens": -1},
        {"logprob_threshold": float("nan")},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_no_model_could_use_is_refused(wrong):
    """With the key, the value and what would be right."""
    (name,) = wrong
    with pytest.raises(ValueError, match=rf"^{name} = .*: use "):
        HearingOptions(**wrong)


def test_threads_are_bounded(monkeypatch):
    """All cores that the process may use, four at most; a number counts as it is."""
    assert HearingOptions().n_threads(16) == 4
    assert HearingOptions().n_threads(2) == 2
    assert HearingOptions(threads=7).n_threads(2) == 7
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert HearingOptions().n_threads() == 3
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert 1 <= HearingOptions().n_threads() <= 4


def test_the_thresholds_reach_the_guards():
    """Those of the table, not the defaults; without fall-back there is one temperature."""
    options = HearingOptions(
        no_speech_threshold=0.1,
        logprob_threshold=-0.2,
        compression_ratio=3.0,
        temperature_fallback=False,
        beam_size=5,
    )
    effort = options.effort
    assert (effort.temperatures, effort.beam_size) == ((0.0,), 5)
    assert effort.guards.no_speech_threshold == 0.1
    assert effort.guards.logprob_threshold == -0.2
    assert effort.guards.compression_ratio == 3.0
    assert HearingOptions().effort.temperatures == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def test_the_key_of_tuning_guides_names_the_model():
    """`model_size = "large"` is what people find written."""
    assert HearingOptions(model="tiny", model_size="large").wanted == "large"
    assert HearingOptions(model="tiny").wanted == "tiny"


@pytest.mark.parametrize(
    ("wanted", "configured", "code"),
    [
        ("de", "", "de"),
        ("de-AT", "", "de"),
        ("zh_Hans_CN", "", "zh"),
        ("nb", "", "no"),
        ("fil", "", "tl"),
        ("en", "de", "de"),
        ("en", "auto", None),
        (None, "", None),
        (None, "auto", None),
    ],
)
def test_the_language_is_asked_for_configured_or_found_out(wanted, configured, code):
    """Tags of BCP 47 become codes of Whisper."""
    assert whisper_language(wanted, configured, KNOWN) == code


def test_a_language_that_no_model_knows_is_refused():
    """And one that an English model does not know, with the reason."""
    with pytest.raises(ConfigurationError, match="language 'tlh': no Whisper model knows it"):
        whisper_language("tlh", "", KNOWN)
    with pytest.raises(ConfigurationError, match="knows 'en' only"):
        whisper_language("de", "", ("en",))


def test_an_english_model_says_so_before_it_is_loaded():
    """Its name does; any other may know every language."""
    assert WhisperAsr(WhisperOptions(model="base.en")).capabilities.languages == ("en",)
    assert WhisperAsr(WhisperOptions(model="base")).capabilities.languages == ()


def test_capabilities_say_what_is_configured():
    """No word times, nothing before the end."""
    capabilities = WhisperAsr(
        WhisperOptions(word_times=False, in_pauses=False, partial_every_s=0)
    ).capabilities
    assert not capabilities.word_times
    assert not capabilities.streaming
    assert capabilities.max_concurrency == 1


def test_a_model_is_found_by_path_by_name_and_in_the_cache_of_the_engine(models, tmp_path):
    """Folders of irene count before the cache."""
    assert find_checkpoint("small") is None
    cached = cache_folder() / "small.pt"
    cached.write_bytes(b"x")
    assert find_checkpoint("small") == cached
    (models / "small.pt").write_bytes(b"x")
    assert find_checkpoint("small") == models / "small.pt"
    assert find_checkpoint(str(cached)) == cached
    own = tmp_path / "own.pt"
    own.write_bytes(b"x")
    assert find_checkpoint("own.pt") is not None


def test_a_folder_counts_when_one_checkpoint_is_in_it(models):
    """With two, nobody could say which."""
    (models / "mine").mkdir()
    assert find_checkpoint("mine") is None
    (models / "mine" / "model.pt").write_bytes(b"x")
    assert find_checkpoint("mine") == models / "mine" / "model.pt"
    (models / "mine" / "other.pt").write_bytes(b"x")
    assert find_checkpoint("mine") is None


def test_short_names_are_those_of_the_engine(models):
    """`turbo` is `large-v3-turbo`."""
    (models / "large-v3-turbo.pt").write_bytes(b"x")
    assert find_checkpoint("turbo") == models / "large-v3-turbo.pt"
    assert find_checkpoint("large") is None


def test_published_models_are_known_by_name(models):
    """They have marked heads that tell the times of words; any other has none."""
    assert official_name(models / "base.en.pt") == "base.en"
    assert official_name(models / "small" / "model.pt") == "small"
    assert official_name(models / "mine.pt") is None
    assert len(OFFICIAL) == 14


@pytest.mark.skipif(find_spec("whisper") is None, reason="openai-whisper is not installed")
def test_a_missing_model_names_the_cure_and_is_never_downloaded(models):
    """One line; the engine is not even imported."""
    availability = WhisperAsr().check()
    assert (availability.ready, availability.is_model) == (False, True)
    assert availability.missing == "model 'base' is not installed"
    assert availability.cure == "irene models install whisper/base"
    assert "\n" not in str(availability)
    with pytest.raises(ModelMissingError, match="asr provider 'whisper': model 'base'"):
        WhisperAsr().load()
    with pytest.raises(ModelMissingError):
        WhisperAsr().open_stream(AsrRequest())
    assert list(cache_folder().iterdir()) == []


@pytest.mark.parametrize("model", OFFICIAL)
def test_every_published_model_can_be_installed(model):
    """The cure names one that the catalogue has."""
    assert cure(model).startswith("irene models install ")


def test_the_cure_for_a_model_of_ones_own_is_its_path():
    """Nobody can install what nobody published."""
    assert "asr.providers.whisper.model" in cure("mine")


def test_options_travel_to_a_process_of_their_own():
    """`isolation = "process"` pickles them."""
    options = replace(WhisperOptions(), model="tiny", language="auto")
    assert pickle.loads(pickle.dumps(options)) == options
