"""What the stages of a provider take in a worker is among the figures of the assistant."""

from contextlib import closing

import numpy as np
import pytest

from irene import Asr, AsrCapabilities, AsrRequest, AsrStream, Hypothesis, ProviderFailedError
from irene.telemetry import catalogue
from irene.telemetry.recorder import Recorder

BLOCK = np.zeros(160, np.int16)
LOUD = np.full(160, 32767, np.int16)


class StagedAsr(Asr[None]):
    """A recogniser that measures what it does; what is loud fails."""

    name = "staged"
    summary = "measures its stages"
    capabilities = AsrCapabilities(dtype="int16", max_concurrency=2)

    def open_stream(self, request):
        """Start on an utterance."""
        return StagedUtterance(self.metrics)


class StagedUtterance(AsrStream):
    """An utterance."""

    def __init__(self, metrics):
        self._metrics = metrics

    def accept(self, samples):
        """Take a block."""
        with self._metrics.measure("asr.insert"):
            if samples.max(initial=0) > 30000:
                raise ValueError("too loud")

    def finish(self):
        """Recognise nothing."""
        with self._metrics.measure("asr.infer"):
            return Hypothesis("", is_final=True)


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def asr(bench, recorder):
    """The recogniser, loaded in a worker."""
    asr = bench.isolated(StagedAsr(), recorder=recorder)
    asr.load()
    return asr


def of_worker(recorder, stage):
    return recorder.histogram(catalogue.WORKER_STAGE_SECONDS, "asr", "NAME", stage).distribution()


def test_times_and_errors_reach_the_recorder(asr, recorder):
    """As stages of their name, and as this provider's; each is counted once."""
    with closing(asr.open_stream(AsrRequest())) as utterance:
        for _ in range(300):
            utterance.accept(BLOCK)
        with pytest.raises(ProviderFailedError, match="too loud"):
            utterance.accept(LOUD)
        utterance.finish()
    found = recorder.stages.distributions()
    assert {name: (one.count, one.errors) for name, one in found.items()} == {
        "asr.insert": (300, 1),
        "asr.infer": (1, 0),
    }
    assert found["asr.infer"].maximum > 0
    insert = of_worker(recorder, "asr.insert")
    assert (insert.count, insert.p95) == (300, found["asr.insert"].p95)
    labels = "asr", "NAME", "asr.insert"
    assert recorder.counter(catalogue.WORKER_STAGE_ERRORS, *labels).value == 1


def test_a_provider_without_a_recorder_works(bench):
    """Nobody asks for the times."""
    asr = bench.isolated(StagedAsr())
    asr.load()
    with closing(asr.open_stream(AsrRequest())) as utterance:
        utterance.accept(BLOCK)
        assert utterance.finish() == Hypothesis("", is_final=True)
