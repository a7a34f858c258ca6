"""Vosk without a model: clear lines for what is missing, grammars checked, results read."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import ConfigurationError, Grammar, ModelMissingError, ProviderFailedError, Word
from irene_plugins.asr.vosk import VoskAsr, VoskOptions, VoskResult, VoskStream, grammar_json

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


def test_a_damaged_model_is_a_clear_error(models):
    """A model cut short makes the engine raise a bare exception; the line names the folder."""
    pytest.importorskip("vosk", reason="the engine is not installed")
    (models / "am").mkdir()
    (models / "am" / "final.mdl").write_bytes(b"\0B")
    asr = VoskAsr(VoskOptions(model="some-model"))
    assert asr.check().ready
    with pytest.raises(ProviderFailedError, match=r"some-model is damaged or incomplete"):
        asr.load()


def test_a_model_that_would_end_the_process_is_not_loaded(models):
    """Without the endpointing option the engine aborts at the first sample, so it is refused."""
    pytest.importorskip("vosk", reason="the engine is not installed")
    for part in ("am/final.mdl", "conf/model.conf"):
        (models / part).parent.mkdir()
        (models / part).write_text("--beam=10.0\n")
    with pytest.raises(ProviderFailedError, match=r"lacks --endpoint\.silence-phones"):
        VoskAsr(VoskOptions(model="some-model")).load()


def test_a_model_is_found_by_path_and_by_name(models):
    """`model` takes a path or the name of a folder in the model store."""
    pytest.importorskip("vosk", reason="the engine is not installed")
    (models / "am").mkdir()
    (models / "am" / "final.mdl").touch()
    assert VoskAsr(VoskOptions(model="some-model")).check().ready
    assert VoskAsr(VoskOptions(model=str(models))).check().ready


def test_device_has_no_effect_and_says_so():
    """The guide's `device` key is accepted and marked, so that the configuration can warn."""
    fields = VoskOptions.__dataclass_fields__
    assert fields["device"].metadata["no_effect"] is True
    assert VoskAsr(VoskOptions(device="cuda", language="de")).capabilities.languages == ("de",)


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


@pytest.mark.parametrize("sentences", [[], [""], ["  ", "\t"]])
def test_an_empty_grammar_never_reaches_the_engine(sentences):
    """An empty list would crash the process; it is refused."""
    with pytest.raises(ConfigurationError, match="no words"):
        grammar_json(Grammar.of_sentences(sentences))


@given(st.lists(st.text(), max_size=8))
def test_a_grammar_is_the_list_of_its_words_and_unk(sentences):
    """Any sentences become valid JSON: every word once, `[unk]` at the end."""
    try:
        phrases = json.loads(grammar_json(Grammar.of_sentences(sentences)))
    except ConfigurationError:
        assert Grammar.of_sentences(sentences).vocabulary == ()
        return
    assert phrases.pop() == "[unk]"
    assert phrases
    assert all(phrase == " ".join(phrase.split()) != "" for phrase in phrases)
    assert len(set(phrases)) == len(phrases)


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


def test_without_a_grammar_nothing_is_said_about_it():
    """Open recognition has no verdict."""
    assert VoskStream(Engine("turn on the"), "en").finish().in_grammar is None


def test_partial_text_leaves_unknown_words_out():
    """People do not want to read `[unk]`."""
    stream = VoskStream(Engine("", partial="turn [unk] the"), "en", COMMANDS)
    assert stream.accept(np.zeros(160, np.int16)).text == "turn the"


def test_words_that_a_model_lacks_are_read_from_its_list(models):
    """Large models list their words; nothing is loaded for that."""
    (models / "graph").mkdir()
    (models / "graph" / "words.txt").write_text("<eps> 0\nlamp 1\n\nstraße 2\n", encoding="utf-8")
    asr = VoskAsr(VoskOptions(model="some-model"))
    assert asr.unknown_words(["lamp", "zigbee", "straße"]) == ("zigbee",)
    assert not asr.is_loaded


def test_words_are_not_doubted_where_only_a_loaded_model_could_tell(models):
    """Small models keep their words to themselves until they are loaded."""
    assert VoskAsr(VoskOptions(model="some-model")).unknown_words(["zigbee"]) == ()
    assert VoskAsr(VoskOptions(model="no-such-model")).unknown_words(["zigbee"]) == ()
