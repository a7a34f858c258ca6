"""Reading a folder of sentence files: its layout, and what is said of damaged files."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import ConfigurationError

pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer

CUSTOM_SENTENCES = Path(__file__).parents[1] / "data" / "sentences" / "custom_sentences"
GOOD = "language: en\nintents:\n  A:\n    data:\n      - sentences:\n          - hello\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "en").mkdir()
    return tmp_path


def read(folder: Path):
    return HassilRecognizer().read_folder(str(folder))


def lines_of(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(folder)
    assert "\n" not in str(caught.value)
    return [str(line) for line in caught.value.problems] or [str(caught.value)]


def test_every_language_folder_is_read_in_order():
    """Files come ordered by path, each with its language and its content."""
    sources = read(CUSTOM_SENTENCES)
    assert [(Path(s.origin).name, s.language) for s in sources] == [
        ("licht.yml", "de"),
        ("lights.yaml", "en"),
        ("sound.yaml", "en"),
    ]
    assert "HassTurnOn" in sources[0].content["intents"]


def test_other_files_are_left_alone(folder):
    """Notes, hidden files and an editor's left-overs are no sentence files."""
    (folder / "en" / "a.yaml").write_text(GOOD)
    (folder / "README.md").write_text("# notes")
    (folder / "en" / ".a.yaml").write_text("{")
    (folder / "en" / "a.yaml~").write_text("{")
    assert [Path(s.origin).name for s in read(folder)] == ["a.yaml"]


def test_a_file_may_hold_lists_alone(folder):
    """Rules and lists for other files may stand in a file of their own."""
    (folder / "en" / "a.yaml").write_text(GOOD)
    (folder / "en" / "b.yaml").write_text("language: en\nlists: {x: {values: [a]}}\n")
    assert len(read(folder)) == 2


def test_a_missing_folder_is_named(tmp_path):
    """The line names the folder and the layout that is expected."""
    assert (
        "there is no such folder; give a folder with LANGUAGE/*.yaml"
        in lines_of(tmp_path / "none")[0]
    )


def test_a_file_is_no_folder(tmp_path):
    """A path of a file is refused by name."""
    (tmp_path / "a.yaml").write_text(GOOD)
    assert "a.yaml: is a file" in lines_of(tmp_path / "a.yaml")[0]


def test_an_empty_folder_is_named(folder):
    """A folder without sentence files is a mistake, not an assistant without sentences."""
    assert "no language folder has YAML files; put files in LANGUAGE/*.yaml" in lines_of(folder)[0]


def test_files_beside_the_language_folders_are_sent_there(folder):
    """The usual slip, files straight in the folder, gets the cure."""
    (folder / "mine.yaml").write_text(GOOD)
    assert f"move mine.yaml to {folder}/en/" in lines_of(folder)[0]


def test_a_folder_without_intents_is_named(folder):
    """Lists alone understand nothing."""
    (folder / "en" / "b.yaml").write_text("language: en\nlists: {x: {values: [a]}}\n")
    assert "none of its files has an intent" in lines_of(folder)[0]


DAMAGED = {
    "empty": (b"", "the file is empty; it needs `language` and `intents`"),
    "comment": (b"# later\n", "the file is empty"),
    "list": (b"- a\n- b\n", "no sentence file; it needs `language` and `intents`"),
    "text": (b"hello", "no sentence file"),
    "no language": (GOOD[13:].encode(), "`language` is missing; write `language: en`"),
    "language no": (b"language: no\nintents: {}\n", "`language` is no text; quote it"),
    "other language": (b"language: de\nintents: {}\n", "`language` is 'de' in the folder 'en'"),
    "no intents": (b"language: en\n", "`intents` is missing"),
    "tab": (b"language: en\nintents:\n\tA: 1\n", "line 3"),
    "open bracket": (b"language: en\nintents:\n  A: [1, 2\n", "line 4"),
    "rule at start": (b"language: en\nintents:\n  A: [x] y\n", "line 3"),
    "two keys": (
        b"language: en\nintents: {}\nintents: {}\n",
        "line 3: 'intents' stands here twice",
    ),
    "deep two keys": (GOOD.encode() + b"  A:\n    data: []\n", "line 7: 'A' stands here twice"),
    "two documents": (b"language: en\n---\nlanguage: de\n", "expected a single document"),
    "latin 1": (
        "language: en\nintents: {Küche: 1}".encode("latin-1"),
        "line 2: byte 0xfc is no UTF-8 text; save the file as UTF-8",
    ),
    "control": (b"language: en\x00", ": "),
    "bad date": (b"language: 2024-13-45\nintents: {}", "month must be in 1..12"),
    "unknown tag": (b"language: !!python/object:os.system en\n", "could not determine a constr"),
    "unhashable key": (b"? [a]\n: b\n", "found unhashable key"),
    "deep": (b"[" * 100_000, "nested deeper than 50 levels"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_gives_one_line(folder, name):
    """The line names the file, the line number where there is one, and the reason."""
    data, reason = DAMAGED[name]
    path = folder / "en" / "bad.yaml"
    path.write_bytes(data)
    lines = lines_of(folder)
    assert len(lines) == 1
    assert lines[0].startswith(f"{path}: ")
    assert reason in lines[0]


def test_every_damaged_file_is_reported(folder):
    """All damaged files are named at once."""
    for name in "abc":
        (folder / "en" / f"{name}.yaml").write_text("language: [")
    (folder / "en" / "good.yaml").write_text(GOOD)
    assert [Path(line.partition(": ")[0]).name for line in lines_of(folder)] == [
        "a.yaml",
        "b.yaml",
        "c.yaml",
    ]


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(noise=st.binary(max_size=6), place=st.integers(0, len(GOOD)), cut=st.integers(0, 6))
def test_no_bytes_make_reading_raise_anything_else(folder, noise, place, cut):
    """A file with damaged bytes is compiled or is a ConfigurationError."""
    data = GOOD.encode()
    (folder / "en" / "a.yaml").write_bytes(data[:place] + noise + data[place + cut :])
    with contextlib.suppress(ConfigurationError):
        HassilRecognizer().open_matcher(read(folder)).match("hello", "en")
