"""Vosk without a model: clear lines for what is missing, options checked, answers read."""

import json

import numpy as np
import pytest

from irene import Grammar, ModelMissingError, ProviderFailedError, Word
from irene_plugins.asr.vosk import VoskAsr, VoskOptions
from irene_plugins.asr.vosk_streams import GuidedStream, VoskResult, VoskStream

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


def test_a_missing_model_names_the_command_that_brings_it(models):
    """The default model is a download; the cure is one line."""
    pytest.importorskip("vosk", reason="the engine is not installed")
    availability = VoskAsr().check()
    assert not availability.ready
    assert availability.is_model
    assert availability.missing == "model 'vosk-model-small-en-us-0.15' is not installed"
    assert availability.cure == "irene models install vosk-model-small-en-us-0.15"
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
    assert fields["device"].metadata["no_effect"] == "Vosk always runs on the CPU"
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

    def __init__(self, *parts, partial=""):
        self.parts = list(parts)
        self.partial = json.dumps({"partial": partial})
        self.settings = {}

    def SetWords(self, enabled):  # noqa: N802 - the engine's name
        """Be asked for times."""
        self.settings["words"] = enabled

    def SetMaxAlternatives(self, count):  # noqa: N802 - the engine's name
        """Be asked for several guesses."""
        self.settings["guesses"] = count

    def AcceptWaveform(self, audio):  # noqa: N802 - the engine's name
        """Close a part for every block but the last one."""
        return len(self.parts) > 1

    def Result(self):  # noqa: N802 - the engine's name
        """Say what was said in a part."""
        return self.parts.pop(0)

    def PartialResult(self):  # noqa: N802 - the engine's name
        """Say what is believed so far."""
        return self.partial

    FinalResult = Result


def guesses(*weighted):
    """Return an answer with guesses and their log likelihoods, a word a second."""
    alternatives = []
    for score, text in weighted:
        result = [{"word": word, "start": n, "end": n + 1} for n, word in enumerate(text.split())]
        alternatives.append({"confidence": score, "text": text, "result": result})
    return json.dumps({"alternatives": alternatives})


COMMANDS = Grammar.of_sentences(["turn on the lamp", "turn the lamp off", "stop"])
BLOCK = np.zeros(160, np.int16)


def guided(*parts, least=0.5):
    """Return what a guided stream makes of the engine's answers."""
    stream = GuidedStream(Engine(*parts), "en", COMMANDS, least)
    for _ in parts[1:]:
        stream.accept(BLOCK)
    return stream.finish()


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
    final = guided(guesses((-100.0, heard)))
    assert (final.text, final.in_grammar) == (text, in_grammar)
    assert [word.text for word in final.words] == text.split()
    assert final.confidence == (1.0 if text else None)


def test_the_best_guess_that_is_a_sentence_counts():
    """Of guesses that are nearly as good, one that can be said beats one that cannot."""
    final = guided(
        guesses((-100.0, "turn on lamp"), (-100.1, "turn on the lamp"), (-103.0, "stop")), least=0.2
    )
    assert (final.text, final.in_grammar) == ("turn on the lamp", True)


def test_a_word_is_as_sure_as_the_guesses_that_have_it():
    """Two guesses in three, by likelihood, have the word: two thirds."""
    final = guided(guesses((0.0, "turn on the lamp"), (-np.log(2), "turn on the [unk]")), least=0.6)
    assert [word.confidence for word in final.words] == pytest.approx([1.0, 1.0, 1.0, 2 / 3])
    assert final.confidence == pytest.approx(11 / 12)
    assert final.in_grammar


def test_a_sentence_with_a_word_that_is_not_sure_is_none_of_the_grammar():
    """What counts is the least sure of its words, so it is recognised freely."""
    final = guided(guesses((0.0, "stop"), (-0.1, "[unk]")), least=0.6)
    assert (final.text, final.in_grammar) == ("stop", False)


def test_guesses_of_parts_are_joined():
    """The engine closes a part at each pause; a sentence may go on behind it."""
    parts = (
        guesses((-10.0, "turn off"), (-10.2, "turn on")),
        guesses((-5.0, "")),
        guesses((-7.0, "the lamp")),
    )
    final = guided(*parts, least=0.2)
    assert (final.text, final.in_grammar) == ("turn on the lamp", True)


def test_without_a_grammar_nothing_is_said_about_it():
    """Open recognition has no verdict; parts are joined to one text."""
    stream = VoskStream(Engine(FINAL, json.dumps({"text": "the lamp"})), "en")
    assert stream.accept(BLOCK).text == "turn on"
    final = stream.finish()
    assert (final.text, final.in_grammar) == ("turn on the lamp", None)
    assert final.confidence == pytest.approx(0.94)


def test_partial_text_leaves_unknown_words_out():
    """People do not want to read `[unk]`."""
    stream = GuidedStream(Engine(guesses(), partial="turn [unk] the"), "en", COMMANDS, 0.5)
    assert stream.accept(BLOCK).text == "turn the"
    assert stream.accept(BLOCK) is None


@pytest.mark.parametrize("answer", ["", "[]", "{}", '{"alternatives": [{"text": "x"}]}', "null"])
def test_broken_guesses_are_a_provider_failure(answer):
    """As with single answers, the next recogniser takes over."""
    with pytest.raises(ProviderFailedError, match="vosk answered"):
        guided(answer)


def test_words_are_not_doubted_where_only_a_loaded_model_could_tell(models):
    """Small models keep their words to themselves until they are loaded."""
    assert VoskAsr(VoskOptions(model="some-model")).unknown_words(["zigbee"]) == ()
    assert VoskAsr(VoskOptions(model="no-such-model")).unknown_words(["zigbee"]) == ()
