"""The numbers that openai-whisper computes with: float16 takes half of the memory, also here."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import soundfile

from irene import SharedEngines
from irene_plugins.asr.whisper.engine import WhisperEngine
from irene_plugins.asr.whisper.provider import WhisperAsr, WhisperOptions
from irene_plugins.asr.whisper.query import Query
from irene_plugins.language.whisper import WhisperLanguage, WhisperLanguageOptions

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("whisper") is None, reason="openai-whisper is not installed"),
]

CLIPS = Path(__file__).parents[2] / "data" / "whisper"


def clip(name):
    """Return a recording as float32."""
    return soundfile.read(CLIPS / f"{name}.flac", dtype="float32")[0]


def n_bytes(engine):
    """Return the memory of the weights."""
    return sum(one.nbytes for one in engine._model.parameters())


@pytest.fixture(scope="module")
def whole(micro_whisper):
    """The small model in float32."""
    engine = WhisperEngine.load(micro_whisper, "cpu", 1, "float32")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def half(micro_whisper):
    """The same in float16."""
    engine = WhisperEngine.load(micro_whisper, "cpu", 1, "float16")
    yield engine
    engine.close()


def test_half_precision_hears_the_same_for_half_of_the_memory(whole, half):
    """Text, language and the times of words, on a processor, too."""
    for name, language in (("en-04", "en"), ("fr-03", "fr")):
        heard = [one.decode(one.encode(clip(name)), Query(None))[0] for one in (whole, half)]
        assert heard[1].text == heard[0].text != ""
        assert [one.language for one in heard] == [language] * 2
        assert [word.start_s for word in heard[1].words] == pytest.approx(
            [word.start_s for word in heard[0].words], abs=0.1
        )
    assert n_bytes(half) < 0.51 * n_bytes(whole)


def test_half_precision_is_the_librarys(half, micro_whisper):
    """Weights that are kept in float16 give what weights give that are cast at each use."""
    import torch
    import whisper as library

    audio = clip("de-01")
    features = half.encode(audio)
    theirs = library.load_model(str(micro_whisper), device="cpu")
    mel = torch.from_numpy(half._log_mel.of(audio)).half()
    with torch.no_grad():
        encoded = theirs.encoder(mel[None])[0]
    assert features.tensor.dtype == torch.float16
    assert torch.equal(features.tensor, encoded)
    options = library.DecodingOptions(language="de", fp16=True, suppress_tokens="-1")
    text = half.decode(features, Query("de", word_times=False))[0]
    result = library.decode(theirs, encoded, options)
    assert text.text == result.text
    assert text.log_probability == pytest.approx(result.avg_logprob, abs=1e-6)


def test_what_one_precision_encoded_is_none_of_the_other(whole, half):
    """The types stand in the keys of the cache and in the versions of the engines."""
    assert whole.digest == half.digest
    assert (whole.configuration[-1], half.configuration[-1]) == ("float32", "float16")
    assert whole.version != half.version


def test_slots_share_a_model_if_they_want_the_same_numbers(micro_whisper):
    """Another precision is another model in memory."""
    engines = SharedEngines()
    options = WhisperOptions(model=str(micro_whisper), threads=1, compute_type="float16")
    made = [WhisperAsr(options)]
    for numbers in ("float16", "float32"):
        table = WhisperLanguageOptions(model=str(micro_whisper), threads=1, compute_type=numbers)
        made.append(WhisperLanguage(table))
    for one in made:
        one.engines = engines
        one.load()
    recogniser, same, other = (one._held.engine for one in made)
    assert recogniser is same is not other
    for one in made:
        one.close()
