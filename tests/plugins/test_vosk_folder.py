"""Folders that are no model, damaged ones, and what is read of a good one before it is loaded."""

import shutil
import struct
import wave
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from irene import AsrRequest, IreneError, ProviderFailedError
from irene_plugins.asr.vosk import VoskAsr, VoskOptions
from irene_plugins.asr.vosk_folder import ModelFolder, with_pause

DATA = Path(__file__).parents[1] / "data"
MODEL = Path(__file__).parents[1] / "models" / "vosk" / "irene-commands-en"
FILES = [
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/Gr.fst",
    "graph/HCLr.fst",
    "graph/disambig_tid.int",
    "graph/phones/word_boundary.int",
    "graph/words.txt",
]
DAMAGES = {
    "cut in half": lambda content: content[: len(content) // 2],
    "cut a little": lambda content: content[:-3],
    "empty": lambda content: b"",
    "noise": lambda content: np.random.default_rng(1).bytes(len(content)),
}
engine = pytest.mark.skipif(find_spec("vosk") is None, reason="vosk is not installed")


@pytest.fixture
def folder(tmp_path):
    """A copy of the model that may be spoilt."""
    return Path(shutil.copytree(MODEL, tmp_path / "model"))


def question():
    """ "what time is it", with silence around it."""
    with wave.open(str(DATA / "commands" / "rhasspy3__what_time_is_it.wav")) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def flattened(folder):
    """Bring a model into the older layout: everything at the top."""
    for name in [*FILES]:
        (folder / name).rename(folder / Path(name).name)
    return folder


def with_symbols(graph, words):
    """Return a graph with a table of its words inside, as small published models have it."""

    def text(content):
        return struct.pack("<i", len(content)) + content

    table = struct.pack("<i", 2125658996) + text(b"words")
    table += struct.pack("<qq", len(words), len(words))
    table += b"".join(
        text(word.encode()) + struct.pack("<q", key) for key, word in enumerate(words)
    )
    flags = 4 + 10 + 12 + 4
    return (
        graph[:flags]
        + struct.pack("<i", 3)
        + graph[flags + 4 : flags + 36]
        + table * 2
        + (graph[flags + 36 :])
    )


def hear(folder):
    """Load a model and let it hear a person; return the final hypothesis."""
    asr = VoskAsr(VoskOptions(model=str(folder)))
    asr.load()
    try:
        stream = asr.open_stream(AsrRequest(asr.capabilities.sample_rates[0]))
        stream.accept(question())
        return stream.finish()
    finally:
        asr.close()


def refusal(folder):
    """Return why a model is not loaded; empty when it is."""
    try:
        hear(folder)
    except ProviderFailedError as error:
        return str(error)
    return ""


@engine
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_one_clear_line_or_does_no_harm(folder, name, damage):
    """Nothing ends the process: either the model works as it is, or a line names the folder."""
    (folder / name).write_bytes(DAMAGES[damage]((MODEL / name).read_bytes()))
    line = refusal(folder)
    if line:
        assert f"{folder} is damaged or incomplete" in line
        assert "irene models list --kind vosk" in line
        assert "\n" not in line


@engine
@pytest.mark.parametrize("name", [name for name in FILES if "boundary" not in name])
def test_a_missing_file_is_named(folder, name):
    """Whoever unpacked half of an archive reads which part is not there."""
    (folder / name).unlink()
    asr = VoskAsr(VoskOptions(model=str(folder)))
    assert asr.check().missing == f"{folder} is no Vosk model (no {name})"
    with pytest.raises(IreneError, match=f"no {name}"):
        asr.load()


@engine
def test_the_words_need_no_list_of_boundaries(folder):
    """That file is optional: without it, times of words are rougher."""
    (folder / "graph/phones/word_boundary.int").unlink()
    assert hear(folder).text == hear(MODEL).text


@engine
@pytest.mark.parametrize(
    "line", ["", "--endpoint.silence-phones=\n", "# --endpoint.silence-phones=1"]
)
def test_a_model_that_would_end_the_process_is_not_loaded(folder, line):
    """Without silence phones the engine aborts at the first sample, so the model is refused."""
    settings = folder / "conf/model.conf"
    lines = settings.read_text().splitlines()
    kept = [one for one in lines if not one.startswith("--endpoint.silence-phones")]
    settings.write_text("\n".join([*kept, line]))
    with pytest.raises(ProviderFailedError, match=r"lacks --endpoint\.silence-phones"):
        VoskAsr(VoskOptions(model=str(folder))).load()


def test_a_good_folder_has_no_fault():
    """The bundled test model is whole, takes grammars, and wants 16 kHz."""
    folder = ModelFolder(MODEL)
    assert folder.missing() == folder.fault() == ""
    assert folder.takes_grammars
    assert folder.sample_rate == 16000
    assert {"timer", "what's", "[unk]"} <= folder.words()


@pytest.mark.parametrize(
    ("line", "rate"), [("--sample-frequency=8000", 8000), ("# none", 16000), ("", 16000)]
)
def test_the_rate_is_that_of_the_model(folder, line, rate):
    """A model for telephones says so in its settings; others have Kaldi's default."""
    settings = folder / "conf/mfcc.conf"
    settings.write_text(
        settings.read_text().replace("--sample-frequency=16000", line), encoding="utf-8"
    )
    assert ModelFolder(folder).sample_rate == rate
    assert VoskAsr(VoskOptions(model=str(folder))).capabilities.sample_rates == (rate,)


def test_a_rate_that_is_no_number_is_a_fault(folder):
    """It is told with the folder, not raised while the assistant is assembled."""
    (folder / "conf/mfcc.conf").write_text("--sample-frequency=fast\n")
    assert "fast" in ModelFolder(folder).fault()
    assert VoskAsr(VoskOptions(model=str(folder))).capabilities.sample_rates == (16000,)


@engine
def test_the_older_layout_is_loaded_too(folder):
    """Everything at the top, settings inside the engine."""
    flat = ModelFolder(flattened(folder))
    assert flat.is_flat
    assert flat.fault() == ""
    assert hear(flat.path).is_final


@engine
def test_a_graph_may_carry_its_words(folder):
    """Small published models have no list of words, but a table inside of the graph."""
    words = [line.split()[0] for line in (folder / "graph/words.txt").read_text().splitlines()]
    graph = folder / "graph/Gr.fst"
    graph.write_bytes(with_symbols(graph.read_bytes(), words))
    (folder / "graph/words.txt").unlink()
    asr = VoskAsr(VoskOptions(model=str(folder)))
    assert asr.unknown_words(["lamp", "zigbee"]) == ("zigbee",)
    assert not asr.is_loaded
    assert hear(folder).text == hear(MODEL).text


def test_words_that_a_model_lacks_are_read_from_its_list(folder):
    """Nothing is loaded for that."""
    asr = VoskAsr(VoskOptions(model=str(folder)))
    assert asr.unknown_words(["lamp", "zigbee", "what's"]) == ("zigbee",)
    assert not asr.is_loaded


@engine
def test_a_model_with_a_whole_graph_takes_no_grammar(folder):
    """The engine would ignore it, so the assistant does not count on it."""
    for name in ("Gr.fst", "HCLr.fst", "disambig_tid.int"):
        (folder / "graph" / name).unlink()
    (folder / "whole/HCLG.fst").rename(folder / "graph/HCLG.fst")
    assert not VoskAsr(VoskOptions(model=str(folder))).capabilities.grammar
    assert hear(folder).text == hear(MODEL).text


def test_another_pause_leaves_the_model_as_it_is(tmp_path):
    """Links to all parts, and settings in which the last word on each rule is the option's."""
    before = (MODEL / "conf/model.conf").read_text()
    (tmp_path / "beside").mkdir()
    beside = with_pause(ModelFolder(MODEL), 2.0, tmp_path / "beside")
    assert (MODEL / "conf/model.conf").read_text() == before
    assert ModelFolder(beside).fault() == ""
    assert (beside / "conf/model.conf").read_text().splitlines()[-3:] == [
        "--endpoint.rule2.min-trailing-silence=2.000",
        "--endpoint.rule3.min-trailing-silence=3.000",
        "--endpoint.rule4.min-trailing-silence=4.000",
    ]
