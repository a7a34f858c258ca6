"""Whisper in processes of its own: the same as here, from two workers at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest
import soundfile

from irene import AsrRequest, Grammar, Kind
from irene.components.isolation.isolating import isolated
from irene.components.isolation.reports import WorkerReports
from irene.components.isolation.settings import WorkerSettings
from irene_plugins.asr.whisper.provider import WhisperAsr, WhisperOptions

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("whisper") is None, reason="openai-whisper is not installed"),
]

CLIPS = Path(__file__).parents[2] / "data" / "whisper"
GRAMMAR = Grammar.of_sentences(["what time is it", "turn off the light"])


def test_two_workers_recognise_two_utterances_at_the_same_time(micro_whisper):
    """Each has a model of its own, so both are open at once; their answers are those of here."""
    options = WhisperOptions(
        model=str(micro_whisper), threads=1, word_times=False, temperature_fallback=False
    )
    names, open_at_once = ("en-08", "en-04"), threading.Barrier(2)

    def heard(provider, name, wait=lambda: None):
        stream = provider.open_stream(AsrRequest(language="en", grammar=GRAMMAR))
        try:
            wait()
            stream.accept(soundfile.read(CLIPS / f"{name}.flac", dtype="float32")[0])
            return stream.finish()
        finally:
            stream.close()

    with closing(WhisperAsr(options)) as here:
        alone = [heard(here, name) for name in names]
    events = []
    reports = WorkerReports(Kind.ASR, "whisper", events.append)
    with closing(isolated(WhisperAsr(options), WorkerSettings(workers=2), reports)) as apart:
        apart.warm_up()
        assert apart.capabilities.max_concurrency == 2

        def ask(name):
            return heard(apart, name, lambda: open_at_once.wait(60))

        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(ask, names)) == alone
    assert events == []
