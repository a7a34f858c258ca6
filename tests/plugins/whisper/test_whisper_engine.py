"""openai-whisper itself on a small model: times, languages, threads; files that are no model."""

import csv
import pickle
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile

from irene import AsrRequest, Grammar, ProviderFailedError, ProviderUnavailableError
from irene_plugins.asr.whisper.engine import WhisperEngine
from irene_plugins.asr.whisper.passages import RATE
from irene_plugins.asr.whisper.provider import WhisperAsr, WhisperOptions
from irene_plugins.asr.whisper.query import Effort, Query
from irene_plugins.asr.whisper.window_listener import WindowListener

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("whisper") is None, reason="openai-whisper is not installed"),
]

CLIPS = Path(__file__).parents[2] / "data" / "whisper"
FIRST_TIME = 50364


def clip(name):
    """Return a recording as float32."""
    return soundfile.read(CLIPS / f"{name}.flac", dtype="float32")[0]


@pytest.fixture(scope="module")
def whisper(micro_whisper):
    """The provider with the small model."""
    provider = WhisperAsr(WhisperOptions(model=str(micro_whisper), threads=1))
    provider.load()
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def engine(micro_whisper):
    engine = WhisperEngine.load(micro_whisper, "cpu", 1)
    yield engine
    engine.close()


def heard(provider, audio, **request):
    stream = provider.open_stream(AsrRequest(**request))
    stream.accept(audio)
    return stream.finish()


def commands():
    """Return (name, text, language) of every other recording of one command."""
    with (CLIPS / "manifest.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "command"][::2]
    return [
        (row["file"].removesuffix(".flac"), row["transcript_or_label"], row["language"])
        for row in rows
    ]


def test_commands_are_heard_in_their_language(whisper):
    """The language is told; three of four are right to the last comma, in voices never heard."""
    finals = [(heard(whisper, clip(name), language=tag), text) for name, text, tag in commands()]
    assert len(finals) == 20
    assert sum(final.text == text for final, text in finals) >= 15
    assert [final.language for final, _ in finals] == [tag for *_, tag in commands()]
    assert all(0 < final.confidence <= 1 for final, _ in finals if final.text)


def test_the_language_is_found_out(micro_whisper):
    """With `language = "auto"`, whatever the assistant is set to."""
    options = WhisperOptions(model=str(micro_whisper), language="auto", threads=1, word_times=False)
    provider = WhisperAsr(options)
    try:
        finals = [(heard(provider, clip(name), language="en"), tag) for name, _, tag in commands()]
        assert sum(final.language == tag for final, tag in finals) >= 15
    finally:
        provider.close()


def test_words_have_times_where_they_are_spoken(whisper):
    """From 0.4 s to 1.5 s in this recording; in order, and each with its confidence."""
    words = heard(whisper, clip("en-04"), language="en").words
    assert [word.text for word in words] == ["Turn", "off", "the", "light."]
    starts = [word.start_s for word in words]
    assert starts == sorted(starts)
    assert words[0].start_s == pytest.approx(0.4, abs=0.4)
    assert words[-1].end_s == pytest.approx(1.54, abs=0.4)
    assert all(0 < (word.confidence or 0) <= 1 for word in words)


def test_a_minute_of_commands_is_cut_and_joined(whisper):
    """In pieces of at most 28 s; times run through.

    A dozen commands in a window are more than this model can follow: half of the words are right.
    """
    audio = clip("en-minute")
    stream = whisper.open_stream(AsrRequest(language="en"))
    for start in range(0, len(audio), RATE // 4):
        stream.accept(audio[start : start + RATE // 4])
    final = stream.finish()
    starts = [word.start_s for word in final.words]
    assert starts == sorted(starts)
    assert starts[-1] > 60
    with (CLIPS / "manifest.csv").open(encoding="utf-8") as file:
        said = {row["file"]: row["transcript_or_label"] for row in csv.DictReader(file)}
    alike = SequenceMatcher(None, said["en-minute.flac"].split(), final.text.split(), False)
    assert alike.ratio() > 0.4


@pytest.mark.parametrize("level", [0.0, 0.003, 0.03])
def test_nobody_speaks(whisper, level):
    """Zeros, the noise of a room, and of a fan are no text."""
    noise = np.random.default_rng(0).standard_normal(3 * RATE) * level
    final = heard(whisper, noise.astype(np.float32), language="en")
    assert (final.text, final.words, final.confidence) == ("", (), None)


@pytest.mark.parametrize("n_samples", [0, 1, 100, 480000])
def test_audio_of_any_length_is_heard(whisper, n_samples):
    """From nothing to more than a window."""
    audio = np.full(n_samples, 0.01, dtype=np.float32)
    assert isinstance(heard(whisper, audio, language="en").text, str)


def test_samples_that_nobody_may_write_to_are_taken(whisper):
    """The framework hands out views."""
    audio = clip("en-02")
    expected = heard(whisper, audio, language="en")
    audio.flags.writeable = False
    assert heard(whisper, audio, language="en") == expected


def test_a_command_is_a_sentence_of_the_grammar(whisper):
    """What the model writes is held against the grammar; what is none of it is said to be none."""
    lights = Grammar.of_sentences(["turn off the light", "turn on the light"])
    assert heard(whisper, clip("en-04"), language="en", grammar=lights).in_grammar is True
    tea = Grammar.of_sentences(["make tea", "pour the tea"])
    assert heard(whisper, clip("en-04"), language="en", grammar=tea).in_grammar is False


def test_numbers_are_written_in_words_for_a_grammar(engine):
    """No token with a digit, or with a sign that stands for a word, can be written."""
    signs = {engine._tokenizer("en").encoding.decode([token]) for token in engine._signs}
    assert {"5", " 10", "%", " $"} <= signs
    assert not {" five", " ten", ".", "?", "'"} & signs


def test_a_window_is_encoded_once(micro_whisper):
    """Also when it is heard again without the grammar."""
    provider = WhisperAsr(WhisperOptions(model=str(micro_whisper), threads=1))
    try:
        audio = clip("en-04")
        heard(provider, audio, language="en", grammar=Grammar.of_sentences(["play music"]))
        heard(provider, audio, language="en")
        stats = provider.engines.encodings.stats()
        assert (stats.repeated.misses, stats.repeated.hits) == (1, 1)
    finally:
        provider.close()


def test_sharing_an_encoder_pass_changes_nothing(engine):
    """Text, times and language are those of the library, given the same window."""
    import whisper as library

    audio = clip("de-01")
    model = engine._model
    mel = library.log_mel_spectrogram(library.pad_or_trim(audio), model.dims.n_mels)
    _, shares = model.detect_language(mel)
    theirs = library.decode(model, mel, language="de", fp16=False)
    features = engine.encode(audio)
    ours, _ = engine.decode(features, Query("de", word_times=False))
    assert ours.text == theirs.text
    assert ours.log_probability == pytest.approx(theirs.avg_logprob, abs=1e-4)
    assert engine.detect(features) == pytest.approx(shares, abs=1e-5)


def test_a_doubtful_text_is_tried_again(engine):
    """No text is sure enough for this threshold, so the last temperature is reached."""
    options = WhisperOptions(logprob_threshold=-1e-6)
    query = Query("en", word_times=False, effort=options.effort)
    passage, _ = engine.decode(engine.encode(clip("en-02")), query)
    assert passage.temperature == 1.0
    once = Query("en", word_times=False, effort=Effort(guards=options.effort.guards))
    assert engine.decode(engine.encode(clip("en-02")), once)[0].temperature == 0.0


def test_five_texts_may_be_followed(engine):
    """Beam search finds a text that is at least as likely."""
    features = engine.encode(clip("en-02"))
    one, _ = engine.decode(features, Query("en", word_times=False))
    five, _ = engine.decode(features, Query("en", word_times=False, effort=Effort(beam_size=5)))
    assert five.text
    assert five.log_probability >= one.log_probability - 0.1


def test_utterances_at_the_same_time_do_not_mix(whisper):
    """The library is not safe in threads; four of them get what they get alone."""
    names = ("en-02", "en-04", "en-08", "en-09")
    alone = [heard(whisper, clip(name), language="en") for name in names]
    together = threading.Barrier(len(names))

    def ask(name):
        together.wait(60)
        return [heard(whisper, clip(name), language="en") for _ in range(3)]

    with ThreadPoolExecutor(len(names)) as pool:
        answers = list(pool.map(ask, names))
    assert answers == [[one] * 3 for one in alone]


def test_two_models_find_the_times_of_words_at_the_same_time(micro_whisper):
    """A switch of the library's class is off meanwhile, for both."""
    engines = [WhisperEngine.load(micro_whisper, "cpu", 1) for _ in range(2)]
    audio, together = clip("en-04"), threading.Barrier(2)
    encodings = WhisperAsr().engines.encodings

    def ask(engine):
        together.wait(60)
        listener = WindowListener(engine, encodings)
        return [len(listener.recognise(audio, Query("en")).words) for _ in range(5)]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, engines)) == [[4] * 5] * 2


def test_a_closed_provider_can_be_loaded_again(micro_whisper):
    """As after a change of the configuration."""
    provider, texts = WhisperAsr(WhisperOptions(model=str(micro_whisper), threads=1)), []
    for _ in range(2):
        texts.append(heard(provider, clip("en-04"), language="en").text)
        provider.close()
    assert texts[0] == texts[1] != ""


class Planted:
    """What an attacker would put into a file: it runs when it is unpickled."""

    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return Path.touch, (self._path,)


def planted(path, mark):
    path.write_bytes(pickle.dumps({"dims": Planted(mark), "model_state_dict": {}}))


def planted_archive(path, mark):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", pickle.dumps({"dims": Planted(mark)}, protocol=2))
        archive.writestr("x/version", "3\n")
        archive.writestr("x/byteorder", "little")


@pytest.mark.parametrize("write", [planted, planted_archive])
def test_a_checkpoint_cannot_execute_anything(tmp_path, write):
    """Weights are read, and nothing else that a pickle may hold."""
    path, mark = tmp_path / "base.pt", tmp_path / "it_ran"
    write(path, mark)
    with pytest.raises(ProviderFailedError, match="is damaged, or no checkpoint"):
        WhisperAsr(WhisperOptions(model=str(path))).load()
    assert not mark.exists()


def cut_off(path, good):
    path.write_bytes(good[: len(good) // 2])


def other_text(path, good):
    path.write_text("<html>404</html>")


def nothing(path, good):
    path.write_bytes(b"")


def other_weights(path, good):
    import torch

    torch.save({"model_state_dict": {}, "dims": {"n_mels": 80}}, path)


@pytest.mark.parametrize("spoil", [cut_off, other_text, nothing, other_weights])
def test_a_file_that_is_no_model_is_one_clear_line(tmp_path, micro_whisper, spoil):
    """Which file, and what to do; the published name of the file does not lead to a download."""
    path = tmp_path / "base.pt"
    spoil(path, micro_whisper.read_bytes())
    with pytest.raises(ProviderFailedError) as caught:
        WhisperAsr(WhisperOptions(model=str(path))).load()
    assert str(path) in str(caught.value)
    assert "install it again" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_device_that_is_not_there_is_named(micro_whisper):
    """`auto` would have taken the processor."""
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(ProviderUnavailableError, match="no CUDA device"):
        WhisperAsr(WhisperOptions(model=str(micro_whisper), device="cuda")).load()
