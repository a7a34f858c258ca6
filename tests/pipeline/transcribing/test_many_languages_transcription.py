"""Recordings in several languages: each stretch is recognised in its own, none of it twice."""

import io
import json
import wave
from dataclasses import replace

import numpy as np
import pytest

from irene import Asr, AsrCapabilities, AsrStream, AudioChunk, Hypothesis, LanguageCapabilities
from irene.cli.transcripts.writers import JsonWriter, TextWriter
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.pipeline.transcribing.transcriber import Transcriber
from irene.plugin.host import PluginHost, installed_plugins
from irene.plugin.registry import ComponentRegistry
from irene.testing import (
    LANGUAGE_LEVELS,
    ScriptedLanguage,
    ScriptedVad,
    plugin_of,
    silence,
)

RATE = 16000


def sound(level, seconds):
    """Return samples of one level, with signs that change: a constant is no sound."""
    signs = np.where(np.arange(round(seconds * RATE)) % 2, -1, 1)
    return (signs * level).astype(np.int16)


class Names(Asr[None]):
    """Writes down the levels that it hears, and in which language it was asked."""

    name = "names"
    capabilities = AsrCapabilities(languages=(), max_concurrency=4)
    blocks: list = []

    def open_stream(self, request):
        """Start on a new utterance."""
        return _Names(type(self), request.language)


class German(Names):
    """The same for German."""

    name = "german"


class _Names(AsrStream):
    def __init__(self, cls, language):
        self._cls, self._language, self._heard = cls, language, []

    def accept(self, samples):
        self._heard.append(samples.copy())
        return None

    def finish(self):
        audio = np.concatenate(self._heard)
        self._cls.blocks = [*self._cls.blocks, audio]
        levels = [name for name, level in LANGUAGE_LEVELS.items() if (np.abs(audio) == level).any()]
        return Hypothesis(f"{self._cls.name} {self._language} hears {'+'.join(levels)}", True)


class Identifier(ScriptedLanguage):
    """Hears half a second at once."""

    name = "levels"
    capabilities = LanguageCapabilities(dtype="int16", window=8000, max_concurrency=4)


@pytest.fixture
def transcriber():
    """A transcriber for English, German and French."""
    plugin = plugin_of("bench", Names, German, Identifier, ScriptedVad)
    registry = ComponentRegistry(PluginHost([*installed_plugins(), plugin]))
    config = load_config(
        {
            "vad": {"default_provider": "scripted", "fallback_providers": []},
            "asr": {"default_provider": "names", "grammar": "off"},
            "language": {
                "enabled": True,
                "languages": ["en", "de", "fr"],
                "default_provider": "levels",
                "recognisers": {"de": "german"},
            },
        },
        registry=registry,
        environ={},
    )
    made = Transcriber(Assembly(config, registry))
    made.load()
    Names.blocks, German.blocks = [], []
    yield made
    made.close()


@pytest.fixture
def recording(tmp_path):
    """English, German and French with pauses that are too short to end a segment, and English."""

    def spoken(language, seconds):
        return sound(LANGUAGE_LEVELS[language], seconds)

    audio = np.concatenate(
        [
            *(silence(1.0), spoken("en", 2.0), silence(0.4), spoken("de", 1.5), silence(0.4)),
            *(spoken("fr", 1.6), silence(3.0), spoken("en", 1.2), silence(1.0)),
        ]
    )
    path = tmp_path / "mixed.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(audio.astype("<i2").tobytes())
    return path


def test_a_language_that_nobody_can_identify_is_named():
    """Once it is known what the identifier tells apart."""

    class Learns(Identifier):
        name = "learns"

        def load(self):
            self.capabilities = replace(self.capabilities, languages=("en", "de"))

    told, plugin = [], plugin_of("bench", Names, Learns, ScriptedVad)
    registry = ComponentRegistry(PluginHost([*installed_plugins(), plugin]))
    section = {"enabled": True, "languages": ["en", "xx", "de-AT"], "default_provider": "learns"}
    config = load_config(
        {
            "vad": {"default_provider": "scripted", "fallback_providers": []},
            "asr": {"default_provider": "names", "grammar": "off"},
            "language": section,
        },
        registry=registry,
        environ={},
    )
    transcriber = Transcriber(Assembly(config, registry, told.append))
    assert transcriber.language.warnings() == []
    transcriber.load()
    transcriber.close()
    (warning,) = told
    assert warning.message.startswith("language.languages: provider 'learns' never hears xx; ")


def test_each_stretch_is_recognised_in_its_language(transcriber, recording):
    """By the recogniser of that language, and nobody hears another language's words."""
    segments = list(transcriber.open(str(recording)))
    assert [(one.language, one.text) for one in segments] == [
        ("en", "names en hears en"),
        ("de", "german de hears de"),
        ("fr", "names fr hears fr"),
        ("en", "names en hears en"),
    ]
    assert [one.provider for one in segments] == ["names", "german", "names", "names"]


def test_the_language_changes_in_the_pause(transcriber, recording):
    """Within a tenth of a second of its middle."""
    segments = list(transcriber.open(str(recording)))
    switches = [one.end_s for one in segments[:2]]
    assert switches == pytest.approx([3.2, 5.1], abs=0.1)
    assert [one.start_s for one in segments[1:3]] == pytest.approx(switches)


def test_no_audio_is_lost_at_a_switch(transcriber, recording):
    """Every sample of speech is heard, once."""
    list(transcriber.open(str(recording)))
    heard = np.concatenate([*Names.blocks, *German.blocks])
    for language, seconds in (("en", 3.2), ("de", 1.5), ("fr", 1.6)):
        assert (np.abs(heard) == LANGUAGE_LEVELS[language]).sum() == round(seconds * RATE)


def test_where_nobody_can_tell_the_language_is_the_one_of_before(transcriber):
    """Also at the beginning: then it is the default one."""
    quiet = AudioChunk(np.full(RATE, 3, np.int16), RATE, 0.0)
    assert [one.language for one in transcriber.segments(quiet)] == ["en"]
    french = AudioChunk(sound(LANGUAGE_LEVELS["fr"], 1.0), RATE, 1.0)
    assert [one.language for one in transcriber.segments(french)] == ["fr"]
    assert [one.language for one in transcriber.segments(quiet)] == ["fr"]


class _Segments(list):
    is_whole = True


def test_the_text_has_a_line_for_each_stretch(transcriber, recording):
    """After the tag of its language."""
    written = io.StringIO()
    transcription = transcriber.open(str(recording))
    segments = _Segments(transcription)
    TextWriter(written.write, False).write("mixed.wav", transcription, segments)
    assert written.getvalue().splitlines() == [
        "[en] names en hears en",
        "[de] german de hears de",
        "[fr] names fr hears fr",
        "[en] names en hears en",
    ]


def test_json_has_the_segments_with_their_languages(transcriber, recording):
    """And times, for whoever wants to cut the recording."""
    written = io.StringIO()
    writer = JsonWriter(written.write)
    transcription = transcriber.open(str(recording))
    segments = _Segments(transcription)
    writer.write("mixed.wav", transcription, segments)
    writer.close()
    (body,) = json.loads(written.getvalue())
    assert [one["language"] for one in body["segments"]] == ["en", "de", "fr", "en"]
    assert body["segments"][1]["start_s"] == pytest.approx(3.2, abs=0.1)
