"""References from texts and tables, and the words that rates are counted in."""

import pytest

from irene.errors import ConfigurationError
from irene.performance.speech.references import read_references
from irene.performance.speech.word_errors import plain_words
from irene.studies.accuracy.transcript_trial import Transcript


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a reference and returns its path."""

    def write(name, content):
        path = tmp_path / name
        path.write_text(content, "utf-8")
        return path

    return write


def test_all_of_a_text_is_what_a_single_recording_says(written):
    """In however many lines."""
    path = written("one.txt", "Turn on\nthe light.\n")
    assert read_references(path, ["a.wav"]) == {"a.wav": "Turn on the light."}


def test_each_line_is_one_of_several_recordings(written):
    """In the order of the command line; an empty line says nothing."""
    path = written("two.txt", "Stop.\n\n")
    assert read_references(path, ["a.wav", "b.wav"]) == {"a.wav": "Stop.", "b.wav": ""}


def test_a_wrong_number_of_lines_is_an_error(written):
    """It would give every recording the words of another."""
    path = written("three.txt", "Stop.\nYes.\nNo.\n")
    with pytest.raises(ConfigurationError, match="3 lines for 2 recordings"):
        read_references(path, ["a.wav", "b.wav"])


@pytest.mark.parametrize("column", ["text", "transcript", "sentence", "transcript_or_label"])
def test_a_table_may_call_the_words_what_it_likes(written, column):
    """The names that corpora use."""
    path = written("texts.csv", f'file,{column}\na.wav,"Yes, please."\n')
    assert read_references(path, ["a.wav"]) == {"a.wav": "Yes, please."}


def test_a_table_with_tabs_is_read_too(written):
    """Commas are then letters of the text."""
    path = written("texts.tsv", "file\ttext\na.wav\tYes, please.\n")
    assert read_references(path, ["a.wav"]) == {"a.wav": "Yes, please."}


def test_files_of_a_table_are_found_relative_to_it(written, tmp_path):
    """So a folder can be moved with its table."""
    path = written("texts.csv", "file,text\nsub/a.wav,Here.\nother/a.wav,There.\n")
    file = str(tmp_path / "sub" / "a.wav")
    assert read_references(path, [file]) == {file: "Here."}


def test_files_of_a_table_are_found_by_their_last_part(written):
    """Unless two have the same one."""
    path = written("texts.csv", "file,text\nx/a.wav,Here.\nx/b.wav,There.\ny/b.wav,Elsewhere.\n")
    assert read_references(path, ["/far/a.wav"]) == {"/far/a.wav": "Here."}
    with pytest.raises(ConfigurationError, match="more than one thing about"):
        read_references(path, ["/far/b.wav"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("texts.csv", "file,text\nb.wav,No.\n", "says nothing about a.wav"),
        ("texts.csv", "name,words\na.wav,No.\n", "columns `file` and `text` are needed"),
        ("texts.csv", "", "it has none"),
    ],
    ids=["not-listed", "other-columns", "empty"],
)
def test_a_table_that_says_nothing_is_an_error(written, name, content, message):
    """With the place and what would be right."""
    with pytest.raises(ConfigurationError, match=message):
        read_references(written(name, content), ["a.wav"])


def test_a_reference_that_cannot_be_read_is_an_error(tmp_path):
    """Missing, or no text."""
    with pytest.raises(ConfigurationError, match="no such file"):
        read_references(tmp_path / "none.txt", ["a.wav"])
    (tmp_path / "bytes.txt").write_bytes(b"good\nsch\xf6n\n")
    with pytest.raises(ConfigurationError, match="line 2: byte 0xf6 is no UTF-8 text; save"):
        read_references(tmp_path / "bytes.txt", ["a.wav"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Turn ON the light!", "turn on the light"),
        ("It\u2019s five o'clock 'now'.", "it's five o'clock now"),
        ("Stra\u00dfe, Gr\u00f6\u00dfe", "strasse gr\u00f6sse"),
        (
            "\u0401\u043b\u043a\u0430 \u2014 \u0435\u0449\u0451?",
            "\u0435\u043b\u043a\u0430 \u0435\u0449\u0435",
        ),
        ("\u00c9teins l\u2019ampoule\u00a0: est-il\u202f?", "\u00e9teins l'ampoule est il"),
        ("E\u0301teins", "\u00e9teins"),
        ("5 minutes, 20%", "5 minutes 20"),
        ("\u0928\u092e\u0938\u094d\u0924\u0947", "\u0928\u092e\u0938\u094d\u0924\u0947"),
        (" ... ", ""),
    ],
    ids=["en", "apostrophe", "de", "ru", "fr", "composed", "numerals", "marks", "nothing"],
)
def test_words_are_the_same_in_every_language(text, words):
    """Case and punctuation go, letters with their marks stay, numerals are left alone."""
    assert plain_words(text) == words.split()


def test_a_transcript_knows_its_speed_and_its_errors():
    """Speed is 0 without audio; errors compare words, not letters."""
    one = Transcript("a.wav", "Turn of the light", "en", 2.0, 0.5)
    assert one.rtf == 0.25
    assert one.errors("Turn off the light, please.").n_errors == 2
    assert Transcript("a.wav", "", None, 0.0, 0.0).rtf == 0.0
