"""Recordings are decoded together on one Whisper model, and say the same as one at a time."""

import threading

import pytest

from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.pipeline.transcribing.transcriber import Transcriber
from irene.plugin.registry import ComponentRegistry
from irene_plugins.asr.whisper.faster.decoding import Decoder
from irene_plugins.asr.whisper.faster.engine import FasterWhisperEngine

pytestmark = pytest.mark.slow
pytest.importorskip("faster_whisper", reason="the package 'faster-whisper' is not installed")


def heard(model, files, at_once):
    """Return words with times, by file."""
    table = {"model": str(model), "compute_type": "float32", "threads": 1, "language": "auto"}
    config = load_config(
        {
            "asr": {
                "default_provider": "faster-whisper",
                "fallback_providers": [],
                "providers": {"faster-whisper": table},
            }
        },
        registry=(registry := ComponentRegistry.installed()),
        environ={},
    )
    transcriber = Transcriber(Assembly(config, registry, lambda event: None), at_once=at_once)
    try:
        transcriber.load()
        return [
            [(segment.text, segment.language, segment.words) for segment in one.recording]
            for one in transcriber.open_all(files, lambda file: lambda position, length: None)
        ]
    finally:
        transcriber.close()


def test_files_are_decoded_together_with_the_same_result(
    micro_faster_whisper, data_folder, monkeypatch
):
    """Texts, languages and times of words; batches of up to four, as many as wait."""
    sizes, asking, pause = [], [], threading.Event()
    decode, ask = Decoder.decode, FasterWhisperEngine.decode

    def noted(self, features, query):
        asking.append(query)
        try:
            return ask(self, features, query)
        finally:
            asking.remove(query)

    def counted(self, questions):
        sizes.append(len(questions))
        for _ in range(100):  # on a busy machine the others come late
            if max(sizes) > 1 or len(asking) > 2:
                break
            pause.wait(0.01)
        return decode(self, questions)

    files = sorted(str(path) for path in (data_folder / "whisper").glob("??-0[12].flac"))
    alone = heard(micro_faster_whisper, files, 1)
    monkeypatch.setattr(Decoder, "decode", counted)
    monkeypatch.setattr(FasterWhisperEngine, "decode", noted)
    together = heard(micro_faster_whisper, files, None)
    assert [[one[:2] for one in file] for file in together] == [
        [one[:2] for one in file] for file in alone
    ]
    assert 1 < max(sizes) <= 4
    for file, same in zip(together, alone, strict=True):
        for one, other in zip(file, same, strict=True):
            assert [word.start_s for word in one[2]] == pytest.approx(
                [word.start_s for word in other[2]], abs=0.021
            )
