"""The acoustic stages of openWakeWord, window by window, against its own two models."""

from __future__ import annotations

import wave
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irene import ConfigurationError
from irene_plugins.onnx_graph import _field
from irene_plugins.onnx_runtime import quiet_onnxruntime
from irene_plugins.voice_trigger.openwakeword_acoustics import AcousticStream, Past
from irene_plugins.voice_trigger.openwakeword_graph import acoustic_graph

pytest.importorskip("onnxruntime", reason="the engine of this plugin is not installed")
if find_spec("openwakeword") is None:
    pytest.skip("the models of this plugin are not installed", allow_module_level=True)

DATA = Path(__file__).parent.parent / "data"
MODELS = Path(find_spec("openwakeword").submodule_search_locations[0]) / "resources" / "models"
MELSPECTROGRAM, EMBEDDING = MODELS / "melspectrogram.onnx", MODELS / "embedding_model.onnx"
WINDOW, OVERLAP, N_SPECTRA = 1280, 480, 76
FULL = 10
"""windows from which on all that an embedding sees has been heard"""
SPEECH = ["wake/openWakeWord__alexa_test.wav", "commands/rhasspy3__what_time_is_it.wav"]
MOST_EXAMPLES = settings(max_examples=20, deadline=None)


def session(model):
    return quiet_onnxruntime().InferenceSession(model, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def streaming():
    return session(acoustic_graph(MELSPECTROGRAM, EMBEDDING))


@pytest.fixture(scope="module")
def whole():
    """Return the function that computes each embedding from all 76 spectra, as the package does."""
    to_spectra, to_embedding = session(str(MELSPECTROGRAM)), session(str(EMBEDDING))

    def embeddings(audio):
        padded = np.concatenate((np.zeros(OVERLAP), audio)).astype(np.float32)
        starts = range(0, len(audio) - WINDOW + 1, WINDOW)
        spans = [padded[None, start : start + OVERLAP + WINDOW] for start in starts]
        parts = [to_spectra.run(None, {"input": span})[0].reshape(-1, 32) for span in spans]
        spectra = np.concatenate(parts) / 10 + 2
        ends = range(8 * FULL, len(spectra) + 1, 8)
        seen = [spectra[None, end - N_SPECTRA : end, :, None] for end in ends]
        return [to_embedding.run(None, {"input_1": one})[0].ravel() for one in seen]

    return embeddings


def heard(stream, audio):
    windows = audio[: len(audio) // WINDOW * WINDOW].reshape(-1, WINDOW)
    return [stream.embedding(window).copy() for window in windows]


def speech(name):
    with wave.open(str(DATA / name)) as clip:
        return np.frombuffer(clip.readframes(clip.getnframes()), "<i2")


@st.composite
def recordings(draw):
    """One to two and a half seconds of speech or noise, of any loudness, with gaps of silence."""
    n_samples = WINDOW * draw(st.integers(FULL, 30))
    seed = draw(st.integers(0, 99))
    noise = np.random.default_rng(seed).normal(0, 1000, n_samples)
    sound = draw(st.sampled_from([noise, *(np.resize(speech(name), n_samples) for name in SPEECH)]))
    audio = sound * draw(st.sampled_from([0.0, 0.001, 0.1, 1.0, 30.0]))
    for _ in range(draw(st.integers(0, 3))):
        begin = draw(st.integers(0, n_samples))
        audio[begin : begin + draw(st.integers(1, 8000))] = 0
    return np.clip(np.rint(audio), -32768, 32767).astype(np.int16)


@MOST_EXAMPLES
@given(audio=recordings())
def test_what_is_computed_new_only_is_what_is_computed_from_everything(streaming, whole, audio):
    """Embeddings are those of the package's models on whole windows of 76 spectra."""
    mine, theirs = heard(AcousticStream(streaming), audio)[FULL - 1 :], whole(audio)
    np.testing.assert_allclose(mine, theirs, atol=1e-3)
    assert len(mine) >= 1


@MOST_EXAMPLES
@given(before=recordings(), audio=recordings())
def test_nothing_is_left_of_what_was_heard_long_ago(streaming, before, audio):
    """Ten windows after any other audio, embeddings are exactly those of a new stream."""
    used = AcousticStream(streaming)
    heard(used, before)
    new = heard(AcousticStream(streaming), audio)
    np.testing.assert_array_equal(heard(used, audio)[FULL:], new[FULL:])


@MOST_EXAMPLES
@given(audios=st.lists(recordings(), min_size=2, max_size=3), data=st.data())
def test_streams_in_any_order_hear_what_each_hears_alone(streaming, audios, data):
    """What layers keep belongs to a stream, however the windows of several are mixed."""
    alone = [heard(AcousticStream(streaming), audio) for audio in audios]
    turns = [number for number, audio in enumerate(audios) for _ in range(len(audio) // WINDOW)]
    streams = [AcousticStream(streaming) for _ in audios]
    mixed = [[] for _ in audios]
    for number in data.draw(st.permutations(turns)):
        begin = len(mixed[number]) * WINDOW
        mixed[number] += heard(streams[number], audios[number][begin : begin + WINDOW])
    for mine, expected in zip(mixed, alone, strict=True):
        np.testing.assert_array_equal(mine, expected)


def test_streams_on_several_threads_hear_what_each_hears_alone(streaming):
    """One session runs on several threads at once; each writes what belongs to its stream."""
    audios = [
        np.resize(speech(name), 40 * WINDOW + shift) for name in SPEECH for shift in (0, 1280)
    ]
    alone = [heard(AcousticStream(streaming), audio) for audio in audios]
    with ThreadPoolExecutor(len(audios)) as pool:
        together = list(pool.map(lambda audio: heard(AcousticStream(streaming), audio), audios))
    for mine, expected in zip(together, alone, strict=True):
        np.testing.assert_array_equal(mine, expected)


@MOST_EXAMPLES
@given(audio=recordings(), at=st.integers(0, 30))
def test_a_memory_that_is_put_back_brings_a_stream_back(streaming, audio, at):
    """`memory` is all that a stream knows: set to what it was, it hears the same once more."""
    stream = AcousticStream(streaming)
    heard(stream, audio[: at * WINDOW])
    then = stream.memory.copy()
    once = heard(stream, audio)
    stream.memory[:] = then
    np.testing.assert_array_equal(heard(stream, audio), once)


@pytest.mark.parametrize("n_embeddings", [1, 16, 34])
def test_a_past_is_what_the_models_make_of_noise(streaming, whole, n_embeddings):
    """The embeddings of a past are those of its noise, from whole windows."""
    n_samples = 160 * (N_SPECTRA + 8 * (n_embeddings - 1)) + OVERLAP
    noise = np.random.default_rng(0).normal(0, 100, n_samples).astype(np.float32)
    audio = np.pad(noise, (-n_samples % WINDOW, 0))
    past = Past.of_noise(AcousticStream(streaming), n_embeddings)
    np.testing.assert_allclose(past.embeddings, whole(audio)[-n_embeddings:], atol=1e-3)


def test_a_stream_remembers_no_more_than_45_kilobytes(streaming):
    """As many streams are open as there are listeners: 0.11 s of audio, two rows for each layer."""
    assert AcousticStream(streaming).memory.nbytes <= 45_000


def test_other_models_in_the_place_of_the_packages_are_named(tmp_path):
    """A model without the layers of openWakeWord 0.4.0: one line with file, folder and layer."""
    other = MODELS / "alexa_v0.1.onnx"
    with pytest.raises(ConfigurationError, match=r"openWakeWord 0\.4\.0: .*model/conv2d") as caught:
        acoustic_graph(MELSPECTROGRAM, other)
    assert str(other.parent) in str(caught.value)
    broken = tmp_path / "embedding_model.onnx"
    broken.write_bytes(EMBEDDING.read_bytes()[:100_000])
    with pytest.raises(ConfigurationError, match="ends too early") as caught:
        acoustic_graph(MELSPECTROGRAM, broken)
    assert "\n" not in str(caught.value)


def test_weights_of_another_shape_are_told_with_their_file(tmp_path):
    """As those that are not there: one line, with file and folder."""
    shapes = {"1.melW": (3, 32), "0.stft.conv_real.weight": (257, 1, 512)}
    tensors = [
        b"".join(_field(1, dim) for dim in shape)
        + _field(2, 1)
        + _field(8, name.encode())
        + _field(9, np.ones(shape, np.float32).tobytes())
        for name, shape in shapes.items()
    ]
    odd = tmp_path / "melspectrogram.onnx"
    odd.write_bytes(_field(7, b"".join(_field(5, tensor) for tensor in tensors)))
    with pytest.raises(
        ConfigurationError, match=r"melspectrogram\.onnx and .*: boolean index"
    ) as caught:
        acoustic_graph(odd, EMBEDDING)
    assert "\n" not in str(caught.value)
