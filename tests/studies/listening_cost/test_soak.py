"""Hours of audio: nothing grows, and nothing is lost."""

import pytest

from irene.pipeline.listening.listener import Listener
from irene.studies.listening_cost import soak


@pytest.fixture
def short(monkeypatch):
    """Make the turns before and after the measurement short."""
    monkeypatch.setattr(soak, "_WARM_UP", 2000)
    monkeypatch.setattr(soak, "_TRACED", 300)


@pytest.mark.parametrize("sample_rate", [16000, 44100, 48000])
def test_every_sample_of_a_microphone_reaches_the_engines(short, sample_rate):
    """Through buffer, own voice, conversion and gate, to the sample."""
    found = soak.soak(500, sample_rate)
    assert found.is_whole
    assert found.n_delivered == (2000 + 500 + 600) * sample_rate // 50


def test_a_sample_that_is_missing_is_noticed():
    """Neither a counted loss nor one that nobody has counted passes."""
    whole = soak.Soak(1, 0.0, 0.0, 48000, 0, 16000, 16000)
    assert whole.is_whole
    assert not soak.Soak(1, 0.0, 0.0, 48000, 1, 16000, 16000).is_whole
    assert not soak.Soak(1, 0.0, 0.0, 48000, 0, 15999, 16000).is_whole


def test_memory_that_is_kept_is_found(short, monkeypatch):
    """A listener that keeps as much as it was given would not pass."""
    kept = []
    clean = Listener.feed

    def keep(self, chunk):
        kept.append(bytes(50_000))
        return clean(self, chunk)

    monkeypatch.setattr(Listener, "feed", keep)
    assert soak.soak(500, 16000).traced_mb > 1.0


@pytest.mark.slow
def test_a_million_chunks_leave_no_trace():
    """Five and a half hours of a microphone: less than a megabyte more, nothing lost."""
    found = soak.soak(1_000_000, 16000)
    assert found.is_whole
    assert found.grown_mb < 1.0
    assert found.traced_mb < 0.1
