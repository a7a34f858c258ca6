"""Vosk without a model: clear lines for what is missing, options checked, answers read."""

import json

import numpy as np
import pytest

from irene import Grammar, ModelMissingError, ProviderFailedError, Word
from irene_plugins.asr.vosk import VoskAsr, VoskOptions
from irene_plugins.asr.vosk_streams import VoskResult, VoskStream

FINAL = """{
  "result" : [{
      "conf" : 1.000000,
      "end" : 0.690000,
      "start" : 0.120000,
      "word" : "turn"
    }, {
      "conf" : 0.880000,
      "end" : 0.900000,
      "start" : 0.690000,
      "word" : "on"
    }],
  "text" : "turn on"
}"""
PARTIAL = '{\n  "partial" : "turn on the"\n}'
EMPTY = '{\n  "text" : ""\n}'


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("IRENE_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "vosk" / "some-model"
    folder.mkdir(parents=True)
    return folder


def test_a_missing_model_names_a_cure_that_works_today(models):
    """The default model is a download; where from and where to is said in one line."""
    pytest.importorskip("vosk", reason="the engine is not installed")
    availability = VoskAsr().check()
    assert not availability.ready
    assert availability.is_model
    assert availability.missing == "model 'vosk-model-small-en-us-0.15' is not installed"
    assert "https://alphacephei.com/vosk/models" in availability.cure
    assert "\n" not in str(availability)
    with pytest.raises(ModelMissingError, match="asr provider 'vosk'"):
        VoskAsr().load()


def test_a_folder_that_is_no_model_is_said_to_be_none(models):
    """An empty folder of the right name is not ready."""
    pytest.importorskip("vosk", reason="the engine is not installed")
    availability = VoskAsr(VoskOptions(model="some-model")).check()
    assert not availability.ready
    assert availability.missing == f"{models} is no Vosk model (no am/final.mdl)"


def test_device_has_no_effect_and_says_so():
    """The guide's `device` key is accepted and marked, so that the configuration can warn."""
    fields = VoskOptions.__dataclass_fields__
    assert fields["device"].metadata["no_effect"] is True
    assert VoskAsr(VoskOptions(device="cuda", language="de")).capabilities.languages == ("de",)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"grammar_sentences": 0}, "grammar_sentences = 0: use 1 or more"),
        ({"least_confidence": 1.5}, "least_confidence = 1.5: use 0 to 1"),
        ({"pause_s": -1.0}, "pause_s = -1.0: use 0 to 60"),
    ],
)
def test_options_that_the_engine_could_not_use_are_refused(options, line):
    """The line says what would be right."""
    with pytest.raises(ValueError, match=line):
        VoskOptions(**options)


def test_a_final_result_carries_words():
    """Words come with times in seconds and confidences."""
    result = VoskResult.parse(FINAL)
    assert result.text == "turn on"
    assert result.words == (Word("turn", 0.12, 0.69, 1.0), Word("on", 0.69, 0.9, 0.88))


def test_a_partial_and_an_empty_result_are_read():
    """Partial text has a key of its own; silence is empty text without words."""
    assert VoskResult.parse(PARTIAL) == VoskResult("turn on the")
    assert VoskResult.parse(EMPTY) == VoskResult()


def test_results_of_one_utterance_are_joined():
    """What the engine cut at a pause becomes one text again, with one blank."""
    joined = VoskResult.parse(FINAL).joined(VoskResult()).joined(VoskResult("the lamp"))
    assert joined.text == "turn on the lamp"
    assert [word.text for word in joined.words] == ["turn", "on"]


@pytest.mark.parametrize("answer", ["", "nonsense", "[]", '{"result": [{"word": "x"}]}', "null"])
def test_a_broken_answer_is_a_provider_failure(answer):
    """What the engine should never say is a retryable failure that quotes it."""
    with pytest.raises(ProviderFailedError, match="vosk answered"):
        VoskResult.parse(answer)


class Engine:
    """An engine's recogniser that answers as written, without a model."""

    def __init__(self, text, partial=""):
        words = [
            {"word": word, "start": n, "end": n + 1, "conf": 0.5 if word == "[unk]" else 1.0}
            for n, word in enumerate(text.split())
        ]
        self.final = json.dumps({"text": text, "result": words})
        self.partial = json.dumps({"partial": partial})

    def AcceptWaveform(self, audio):  # noqa: N802 - the engine's name
        """Go on listening."""
        return False

    def PartialResult(self):  # noqa: N802 - the engine's name
        """Say what is believed so far."""
        return self.partial

    def FinalResult(self):  # noqa: N802 - the engine's name
        """Say what was said."""
        return self.final


COMMANDS = Grammar.of_sentences(["turn on the lamp", "turn the lamp off"])


@pytest.mark.parametrize(
    ("heard", "text", "in_grammar"),
    [
        ("turn on the lamp", "turn on the lamp", True),
        ("turn on the [unk]", "turn on the", False),
        ("[unk]", "", False),
        ("on the turn lamp", "on the turn lamp", False),
        ("turn on the", "turn on the", False),
        ("", "", None),
    ],
)
def test_what_is_no_sentence_of_the_grammar_is_known_as_such(heard, text, in_grammar):
    """The engine knows words, not their order: unknown ones and other orders are outside."""
    final = VoskStream(Engine(heard), "en", COMMANDS).finish()
    assert (final.text, final.in_grammar) == (text, in_grammar)
    assert [word.text for word in final.words] == text.split()
    assert final.confidence == (1.0 if text else None)


@pytest.mark.parametrize(("least", "in_grammar"), [(0.7, True), (0.9, False)])
def test_a_sentence_with_a_word_that_is_not_sure_is_none_of_the_grammar(least, in_grammar):
    """What counts is the least sure of its words; the confidence is their mean."""
    engine = Engine("turn on the lamp")
    engine.final = engine.final.replace('"conf": 1.0', '"conf": 0.8', 1)
    final = VoskStream(engine, "en", COMMANDS, least).finish()
    assert final.in_grammar is in_grammar
    assert final.confidence == pytest.approx(0.95)


def test_without_a_grammar_nothing_is_said_about_it():
    """Open recognition has no verdict."""
    assert VoskStream(Engine("turn on the"), "en").finish().in_grammar is None


def test_partial_text_leaves_unknown_words_out():
    """People do not want to read `[unk]`."""
    stream = VoskStream(Engine("", partial="turn [unk] the"), "en", COMMANDS)
    assert stream.accept(np.zeros(160, np.int16)).text == "turn the"


def test_words_are_not_doubted_where_only_a_loaded_model_could_tell(models):
    """Small models keep their words to themselves until they are loaded."""
    assert VoskAsr(VoskOptions(model="some-model")).unknown_words(["zigbee"]) == ()
    assert VoskAsr(VoskOptions(model="no-such-model")).unknown_words(["zigbee"]) == ()
