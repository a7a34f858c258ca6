"""The stages of the recognisers with Whisper models, and what identifies their answers."""

from importlib.metadata import version

import numpy as np
import pytest

from irene import AsrRequest, PerformanceMetrics, ProviderFailedError, SharedEngines
from irene.testing import VirtualClock
from irene_plugins.asr.whisper.faster.provider import FasterWhisperAsr, FasterWhisperOptions
from irene_plugins.asr.whisper.passages import Passage
from irene_plugins.asr.whisper.provider import WhisperAsr, WhisperOptions
from irene_plugins.asr.whisper.query import Query
from irene_plugins.asr.whisper.stream import Hearing, WhisperStream
from irene_plugins.asr.whisper.window_listener import WindowListener
from irene_plugins.language.faster_whisper import (
    FasterWhisperLanguage,
    FasterWhisperLanguageOptions,
)
from irene_plugins.language.whisper import WhisperLanguage, WhisperLanguageOptions

RATE = 16000


class Clockwork:
    """An engine that takes 2 s to encode and 1 s to decode, and leaves what it is told to."""

    digest = "clockwork"
    configuration = ()

    def __init__(self, clock, *left):
        self.clock = clock
        self.left = list(left)

    def encode(self, samples):
        self.clock.advance(2)
        return samples

    def decode(self, features, query):
        self.clock.advance(1)
        return Passage("One."), self.left.pop(0) if self.left else None


def noise(seconds, seed=0):
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE)).astype(np.float32) / 9


class Listening:
    """An utterance on the clockwork, and its times in virtual seconds."""

    def __init__(self, *left, engine=Clockwork):
        self.clock = VirtualClock()
        self.metrics = PerformanceMetrics(clock=self.clock)
        self.listener = WindowListener(
            engine(self.clock, *left), SharedEngines().encodings, metrics=self.metrics
        )

    def stream(self):
        now = self.clock.monotonic
        query, hearing = Query("en"), Hearing()
        return WhisperStream(self.listener, query, hearing, clock=now, metrics=self.metrics)

    def times(self):
        """Return (count, sum in seconds) of each stage."""
        found = self.metrics.get_statistics().items()
        return {name: (one["count"], one["count"] * one["mean"] / 1000) for name, one in found}


def test_an_utterance_leaves_every_stage():
    """Each block that is stored; the buffer, encoder and decoder once, at the end."""
    heard = Listening()
    stream = heard.stream()
    for start in range(4):
        stream.accept(noise(0.5, start))
    stream.finish()
    assert heard.times() == {
        "whisper.insert_audio": (4, 0.0),
        "whisper.buffer_read": (1, 0.0),
        "whisper.infer": (1, pytest.approx(3.0)),
        "whisper.decode": (1, pytest.approx(1.0)),
    }


def test_silence_is_read_and_not_recognised():
    """Nothing is asked of the model."""
    heard = Listening()
    stream = heard.stream()
    stream.accept(np.zeros(RATE, np.float32))
    stream.finish()
    assert set(heard.times()) == {"whisper.insert_audio", "whisper.buffer_read"}


def test_what_was_encoded_before_costs_the_decoder_only():
    """As after identification of the language."""
    heard = Listening()
    samples = noise(1)
    heard.listener.encoded(samples)
    heard.listener.recognise(samples, Query("en"))
    assert heard.times()["whisper.infer"] == (1, pytest.approx(1.0))


def test_a_window_that_is_decoded_in_parts_is_one_inference():
    """The model leaves the last sentence to the next window."""
    heard = Listening(0.6)
    heard.listener.recognise(noise(1), Query("en"))
    found = heard.times()
    assert found["whisper.infer"] == (1, pytest.approx(6.0))
    assert found["whisper.decode"] == (2, pytest.approx(2.0))


def test_a_decoder_that_fails_counts_as_an_error():
    """In its stage and in the one around it, without a time."""

    class Broken(Clockwork):
        """Has no decoder."""

        def decode(self, features, query):
            raise ProviderFailedError("no decoder")

    heard = Listening(engine=Broken)
    with pytest.raises(ProviderFailedError):
        heard.listener.recognise(noise(1), Query("en"))
    found = heard.metrics.get_statistics()
    for name in ("whisper.infer", "whisper.decode"):
        assert (found[name]["count"], found[name]["errors"]) == (0, 1)


class OpenAi:
    """openai-whisper in both slots."""

    packages = ("openai-whisper", "torch")
    fixture = "micro_whisper"

    def asr(self, model):
        return WhisperAsr(WhisperOptions(model=model, threads=1))

    def language(self, model):
        return WhisperLanguage(WhisperLanguageOptions(model=model, threads=1))


class CTranslate2:
    """faster-whisper in both slots."""

    packages = ("faster-whisper", "ctranslate2")
    fixture = "micro_faster_whisper"

    def asr(self, model):
        return FasterWhisperAsr(FasterWhisperOptions(model=model, threads=1))

    def language(self, model):
        return FasterWhisperLanguage(FasterWhisperLanguageOptions(model=model, threads=1))


@pytest.fixture(params=[OpenAi, CTranslate2], ids=["openai-whisper", "faster-whisper"])
def library(request):
    """A library, with the path of the model that it takes."""
    made = request.param()
    made.model = str(request.getfixturevalue(made.fixture))
    return made


@pytest.mark.slow
def test_a_real_provider_measures_into_its_metrics(library):
    """Those that the assistant has given it."""
    asr = library.asr(library.model)
    asr.metrics = PerformanceMetrics()
    stream = asr.open_stream(AsrRequest(RATE, "en"))
    stream.accept(noise(1))
    stream.finish()
    asr.close()
    found = asr.metrics.get_statistics()
    names = ("insert_audio", "buffer_read", "infer", "decode")
    assert {f"whisper.{name}" for name in names} <= set(found)
    assert found["whisper.infer"]["mean"] > found["whisper.decode"]["mean"] > 0


@pytest.mark.slow
def test_the_version_names_packages_and_model(library):
    """Known once it is loaded; the same in both slots, and after it was closed."""
    engines, asr = SharedEngines(), library.asr(library.model)
    language = library.language(library.model)
    asr.engines = language.engines = engines
    assert asr.version == language.version == ""
    asr.load()
    language.load()
    told, digest = asr.version, asr._engine().digest
    assert language.version == told
    for package in library.packages:
        assert f"{package} {version(package)}" in told
    assert digest in told
    asr.close()
    language.close()
    assert asr.version == told
