"""What is imported for an engine has to be what that engine can load, as far as can be seen."""

import json
import pickle
import shutil
import struct
from pathlib import Path

import pytest
from test_pickles import checkpoint

from irene.cli.main import main
from irene_plugins.asr.vosk import VoskAsr
from irene_plugins.asr.whisper.faster.provider import FasterWhisperAsr
from irene_plugins.asr.whisper.provider import WhisperAsr
from irene_plugins.tts.piper import PiperVoice
from irene_plugins.voice_trigger.microwakeword import MicroWakeWord
from irene_plugins.voice_trigger.openwakeword import OpenWakeWord

TESTS = Path(__file__).parents[1]
VOSK = TESTS / "models" / "vosk" / "irene-commands-en"
WHISPER = TESTS / "models" / "whisper" / "irene-commands" / "model.pt"
VOICE = TESTS / "data" / "piper" / "tones.onnx"


@pytest.fixture
def imported(tmp_path, monkeypatch, capfd):
    """Runs `irene models import`, and returns status and last line."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.chdir(tmp_path)

    def run(source, kind):
        code = main(["models", "import", str(source), "--kind", kind, "--name", "mine"])
        out, err = capfd.readouterr()
        return code, (out + err).splitlines()[-1]

    return run


def test_a_folder_of_anything_is_no_vosk_model(imported, tmp_path, own_store):
    """The line names the first file that the engine would miss; nothing is installed."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"\xff\xd8")
    code, line = imported(tmp_path / "photos", "vosk")
    assert code == 6
    assert line.endswith(f"{tmp_path / 'photos'} is no model for vosk: no am/final.mdl")
    assert not list((own_store / "vosk").glob("mine*"))


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "archive"])
def test_the_models_of_the_tests_are_taken(imported, tmp_path, packed):
    """As they are, and out of an archive."""
    source = VOSK
    if packed:
        source = shutil.make_archive(str(tmp_path / "x"), "zip", VOSK.parent, VOSK.name)
    assert imported(source, "vosk") == (0, "vosk/mine is installed")


@pytest.mark.parametrize(
    ("source", "kind"), [(WHISPER, "whisper"), (VOICE, "piper")], ids=["whisper", "piper"]
)
def test_files_of_the_tests_are_taken(imported, source, kind):
    """A checkpoint, and a voice with its description."""
    assert imported(source, kind) == (0, f"{kind}/mine is installed")


def test_a_vosk_model_without_its_graph_is_refused(imported, tmp_path):
    """Kaldi would end the process over some of what is missing."""
    shutil.copytree(VOSK, tmp_path / "half")
    shutil.rmtree(tmp_path / "half" / "graph")
    code, line = imported(tmp_path / "half", "vosk")
    assert (code, "no graph/" in line) == (6, True)


def test_a_checkpoint_of_another_network_is_no_whisper_model(imported, tmp_path):
    """It is plain data, and safe, and of no use."""
    other = checkpoint(tmp_path / "other.pt", pickle.dumps({"weights": {"a": 1}}, protocol=2))
    code, line = imported(other, "whisper")
    assert (code, line.endswith("is no model for whisper: the checkpoint has no dims")) == (6, True)


def test_a_checkpoint_in_the_old_form_is_read(tmp_path):
    """That of before PyTorch 1.6: a row of pickles."""
    weights = {"dims": {"n_mels": 80}, "model_state_dict": {"encoder.conv1.weight": 0}}
    old = tmp_path / "old.pt"
    old.write_bytes(b"".join(pickle.dumps(one, protocol=2) for one in (1, 2, {}, weights, [])))
    assert WhisperAsr.model_fault(old) == ""
    old.write_bytes(b"<html>log in</html>")
    assert WhisperAsr.model_fault(old).startswith("old.pt cannot be read: ")


def test_a_folder_for_ctranslate2_is_looked_into(tmp_path):
    """Names of files are not enough: a model of another kind of network is told from Whisper's."""
    assert FasterWhisperAsr.model_fault(tmp_path) == "no model.bin"
    name = b"TransformerSpec\0"
    head = struct.pack("<IH", 6, len(name)) + name + struct.pack("<II", 1, 0)
    (tmp_path / "model.bin").write_bytes(head)
    for file in ("config.json", "tokenizer.json", "vocabulary.json"):
        (tmp_path / file).write_text("{}")
    expected = "model.bin holds a TransformerSpec, no Whisper model"
    assert FasterWhisperAsr.model_fault(tmp_path) == expected


@pytest.mark.parametrize(
    ("described", "says"),
    [
        (None, "no voice.onnx.json beside it"),
        ("[]", "no description of a voice"),
        ('{"audio": {"sample_rate": 22050}}', "no description of a voice"),
    ],
)
def test_a_voice_is_two_files(tmp_path, described, says):
    """The description says at which rate it speaks, and what it can pronounce."""
    voice = Path(shutil.copy(VOICE, tmp_path / "voice.onnx"))
    if described is not None:
        (tmp_path / "voice.onnx.json").write_text(described)
    assert says in PiperVoice.model_fault(voice)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is empty"), (b"version https://git-lfs.github.com/spec/v1\n", "is text")],
    ids=["empty", "pointer"],
)
def test_what_stands_in_for_an_onnx_model_is_seen(tmp_path, content, says):
    """By its first bytes, for voices and for wake words."""
    model = tmp_path / "voice.onnx"
    model.write_bytes(content)
    shutil.copy(f"{VOICE}.json", f"{model}.json")
    assert says in PiperVoice.model_fault(model)
    assert says in OpenWakeWord.model_fault(model)
    assert OpenWakeWord.model_fault(VOICE) == ""


def test_a_description_of_a_wake_word_names_a_file_that_is_there(tmp_path):
    """`model` of the description is the name of the file beside it."""
    described = tmp_path / "computer.json"
    described.write_text(json.dumps({"model": "c.tflite", "micro": {"probability_cutoff": 0.9}}))
    assert (
        MicroWakeWord.model_fault(described) == "no c.tflite beside it, which computer.json names"
    )
    (tmp_path / "c.tflite").write_bytes(b"TFL3")
    assert MicroWakeWord.model_fault(described) == ""
    described.write_text("{}")
    assert "is no description" in MicroWakeWord.model_fault(described)


def test_providers_without_models_find_no_fault(tmp_path):
    """A provider that says nothing about models accepts what it is given."""
    from irene_plugins.tts.espeak import EspeakVoice

    assert EspeakVoice.model_fault(tmp_path) == ""
    assert VoskAsr.model_fault(VOSK) == ""
