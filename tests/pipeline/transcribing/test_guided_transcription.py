"""Recordings transcribed with the sentences of a configuration in mind."""

from pathlib import Path

import numpy as np
import pytest

from irene import Asr, AsrCapabilities, AsrStream, Hypothesis
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.domain.audio import AudioChunk
from irene.domain.events import Warned
from irene.pipeline.transcribing.segment import Piece
from irene.pipeline.transcribing.transcriber import Transcriber
from irene.plugin.host import installed_plugins
from irene.testing import registry_of

pytest.importorskip("hassil", reason="the extra 'intents' is not installed")

DATA = Path(__file__).parents[2] / "data"
LAMP = str(DATA / "commands" / "rhasspy3__turn_on_the_lamp.wav")
SENTENCES = str(DATA / "sentences" / "custom_sentences")


class Torn(Asr[None]):
    """Hears `a command` where it is confined to sentences, `anything` where it is not."""

    name = "torn"
    capabilities = AsrCapabilities(grammar=True, max_concurrency=4)
    verdict = True
    asked: list = []

    def open_stream(self, request):
        """Note what is asked."""
        self.asked.append(request.grammar)
        return _Torn(request.grammar, self.verdict)


class _Torn(AsrStream):
    def __init__(self, grammar, verdict):
        self._grammar, self._verdict = grammar, verdict

    def accept(self, samples):
        return None

    def finish(self):
        if self._grammar is None:
            return Hypothesis("anything", True)
        return Hypothesis("a command", True, in_grammar=self._verdict)


@pytest.fixture
def bench():
    """Return a function that makes a loaded transcriber, its recogniser, and what it reports."""
    opened = []

    def make(guided=True, verdict=True, intents=None, **asr):
        cls = type("Torn", (Torn,), {"asked": [], "verdict": verdict})
        registry = registry_of(cls, installed=installed_plugins())
        keys = {"default_provider": "torn", "fallback_providers": [], "language": "en", **asr}
        sections = {"asr": keys, "intents": intents or {"sentences": [SENTENCES]}}
        config = load_config(sections, registry=registry, environ={})
        reported = []
        transcriber = Transcriber(Assembly(config, registry, reported.append), guided=guided)
        opened.append(transcriber)
        transcriber.load()
        return transcriber, cls, reported

    yield make
    for transcriber in opened:
        transcriber.close()


def texts(transcriber):
    """Return what is said in a recording of one command."""
    return [segment.text for segment in transcriber.open(LAMP)]


def test_a_command_in_a_recording_is_heard_as_by_the_assistant(bench):
    """Its own sentences and those of the handlers are what the recogniser is confined to."""
    transcriber, cls, reported = bench()
    assert texts(transcriber) == ["a command"]
    (grammar,) = cls.asked
    assert grammar.accepts(["turn", "on", "the", "lights"])
    assert grammar.accepts(["what", "time", "is", "it"])
    assert reported == []


def test_everything_else_in_a_recording_is_heard_freely(bench):
    """Speech that is no command loses nothing but time."""
    transcriber, cls, _ = bench(verdict=False)
    assert texts(transcriber) == ["anything"]
    assert [asked is None for asked in cls.asked] == [False, True]


@pytest.mark.parametrize("settings", [{"guided": False}, {"grammar": "off"}])
def test_sentences_can_be_left_out(bench, settings):
    """By who calls, or by the configuration."""
    transcriber, cls, _ = bench(**settings)
    assert texts(transcriber) == ["anything"]
    assert cls.asked == [None]


def test_a_long_piece_is_no_command(bench):
    """Asking whether half a minute of speech is a command would only take time."""
    transcriber, cls, _ = bench()
    transcriber.recognising.recognize(
        Piece(AudioChunk(np.zeros(16 * 16000, np.int16), 16000, 0.0), None)
    )
    assert cls.asked == [None]


def test_only_commands_are_written_down_when_nothing_else_is_wanted(bench):
    """`only` holds for pieces of any length; what is none is not written."""
    transcriber, cls, _ = bench(verdict=False, grammar="only")
    assert texts(transcriber) == []
    assert (
        transcriber.recognising.recognize(
            Piece(AudioChunk(np.zeros(320000, np.int16), 16000, 0.0), None)
        )
        is None
    )
    assert None not in cls.asked


def test_sentences_that_are_wrong_do_not_keep_a_recording_from_being_transcribed(bench, tmp_path):
    """What is wrong is told; everything is recognised freely."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "bad.yaml").write_text(
        "language: en\nintents:\n  A:\n    data:\n      - sentences: ['turn on (the lamp']\n"
    )
    transcriber, cls, reported = bench(intents={"sentences": [str(tmp_path)]})
    assert texts(transcriber) == ["anything"]
    (warning,) = [event for event in reported if isinstance(event, Warned)]
    assert "is never closed" in warning.message
    assert cls.asked == [None]
