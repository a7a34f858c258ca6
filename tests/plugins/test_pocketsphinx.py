"""PocketSphinx recognises recorded speech, the same way every time."""

import itertools
import wave
from pathlib import Path

import numpy as np
import pytest

from irene import AsrRequest, ModelMissingError, ProviderFailedError
from irene_plugins.asr.pocketsphinx import PocketSphinxAsr, PocketSphinxOptions

pytest.importorskip("pocketsphinx", reason="the engine of the pocketsphinx ASR is not installed")
DATA = Path(__file__).parents[1] / "data"
TIME = "commands/rhasspy3__what_time_is_it.wav"
BEATLES = "commands/rhasspy3__play_the_beatles.wav"
READ = "speech/speechbrain__spk1_snt3.wav"
OPEN = AsrRequest()


def clip(name):
    with wave.open(str(DATA / name)) as file:
        assert file.getframerate() == 16000
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def recognise(asr, samples, request=OPEN, chunk=1600):
    stream = asr.open_stream(request)
    try:
        partials = [stream.accept(samples[i : i + chunk]) for i in range(0, len(samples), chunk)]
        return stream.finish(), [partial for partial in partials if partial is not None]
    finally:
        stream.close()


@pytest.fixture(scope="module")
def asr():
    provider = PocketSphinxAsr()
    provider.load()
    yield provider
    provider.close()


@pytest.mark.parametrize(
    ("name", "text"), [(TIME, "what time is it"), (BEATLES, "play the beatles")]
)
def test_a_command_is_recognised(asr, name, text):
    """Recorded commands come out word for word, without fillers or marks of pronunciation."""
    final, _ = recognise(asr, clip(name))
    assert final.text == text
    assert final.is_final
    assert final.language == "en"
    assert 0.0 < final.confidence <= 1.0


def test_words_carry_times(asr):
    """Words follow one another inside the clip, and join to the text."""
    samples = clip(TIME)
    final, _ = recognise(asr, samples)
    assert " ".join(word.text for word in final.words) == final.text
    times = [time for word in final.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert 0.0 < times[0] < times[-1] <= len(samples) / 16000
    assert all(0.0 <= word.confidence <= 1.0 for word in final.words)


@pytest.mark.parametrize("name", [TIME, BEATLES])
def test_the_confidence_is_that_of_the_words(asr, name):
    """It is the mean of the words' confidences weighted by duration, well above zero."""
    final, _ = recognise(asr, clip(name))
    weights = [word.end_s - word.start_s for word in final.words]
    mean = np.average([word.confidence for word in final.words], weights=weights)
    assert final.confidence == pytest.approx(mean)
    assert final.confidence > 0.5


def test_partials_grow_while_the_person_speaks(asr):
    """Partial hypotheses come before the end, each differs from the one before, none is final."""
    _, partials = recognise(asr, clip(READ))
    texts = [partial.text for partial in partials]
    assert len(texts) >= 3
    assert all(before != after for before, after in itertools.pairwise(texts))
    assert not any(partial.is_final for partial in partials)
    assert not any("<" in text or "(" in text for text in texts)


def test_an_utterance_does_not_depend_on_earlier_ones(asr):
    """The same clip gives the same words, times and confidences before and after another."""
    first, _ = recognise(asr, clip(TIME))
    recognise(asr, clip(READ))
    recognise(asr, np.zeros(16000, dtype=np.int16))
    again, _ = recognise(asr, clip(TIME))
    assert again == first


@pytest.fixture(scope="module")
def time_heard(asr):
    """What is heard of the question in usual blocks."""
    return recognise(asr, clip(TIME))[0]


@pytest.mark.parametrize("chunk", [37, 512, 1280, 1_000_000])
def test_chunking_changes_nothing(asr, time_heard, chunk):
    """The final hypothesis is the same, bit for bit, for any length of the blocks."""
    assert recognise(asr, clip(TIME), chunk=chunk)[0] == time_heard


@pytest.mark.parametrize("n_samples", [0, 1, 400, 16000])
def test_silence_is_no_text(asr, n_samples):
    """Nothing, next to nothing and a second of digital silence give an empty final hypothesis."""
    final, _ = recognise(asr, np.zeros(n_samples, dtype=np.int16))
    assert final.text == ""
    assert final.words == ()
    assert final.confidence is None


def test_more_utterances_than_decoders_are_refused(asr):
    """Beyond `max_concurrency` the answer is a retryable failure; closing a stream cures it."""
    first = asr.open_stream(OPEN)
    with pytest.raises(ProviderFailedError, match="max_concurrency") as failure:
        asr.open_stream(OPEN)
    assert failure.value.retryable
    first.accept(clip(READ))
    first.close()
    first.close()
    assert recognise(asr, clip(TIME))[0].text == "what time is it"


def test_the_engine_prints_nothing(asr, capfd):
    """Neither output stream sees the engine's log."""
    recognise(asr, clip(TIME))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (PocketSphinxOptions(model="xx-nowhere"), "model 'xx-nowhere' is not installed"),
        (PocketSphinxOptions(model=str(DATA)), "holds no acoustic model"),
        (PocketSphinxOptions(dictionary="/nowhere/my.dict"), "/nowhere/my.dict is not there"),
        (PocketSphinxOptions(language_model="/nowhere/my.lm"), "/nowhere/my.lm is not there"),
    ],
)
def test_a_missing_part_of_the_model_is_named(options, reason):
    """Whatever part is missing, `check` says so without the engine, and `load` refuses."""
    provider = PocketSphinxAsr(options)
    assert not provider.check().ready
    assert reason in str(provider.check())
    with pytest.raises(ModelMissingError, match=r"asr\.providers\.pocketsphinx"):
        provider.load()
