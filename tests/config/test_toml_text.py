"""Reading and writing TOML values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.config.toml_text import (
    TomlSyntaxError,
    format_value,
    parse_document,
    parse_value,
)

texts = st.text(st.characters(codec="utf-8"), max_size=20)
scalars = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), texts
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)


@given(values)
def test_what_is_written_is_read_back(value):
    """Any value survives being written as TOML, type included."""
    read = parse_value(format_value(value))
    assert repr(read) == repr(value)


def test_not_a_number_is_written():
    """NaN has a spelling of its own."""
    assert math.isnan(parse_value(format_value(math.nan)))


@pytest.mark.parametrize("text", ["vosk", "en-us", "/dev/snd 1", "", "1\nx = 2", "16k"])
def test_a_bare_word_is_a_text(text):
    """What is no TOML value stands for itself."""
    assert parse_value(text) == text


@pytest.mark.parametrize("text", ['"open', "[1, 2", "{ a = }", "'x"])
def test_a_value_that_is_begun_must_be_ended(text):
    """An opening quote or bracket says that TOML is meant."""
    with pytest.raises(ValueError, match="no valid TOML"):
        parse_value(text)


def test_a_syntax_error_has_line_and_column():
    """The place stands in the problem and in its line."""
    with pytest.raises(TomlSyntaxError) as caught:
        parse_document("[asr]\nenabled = yes\n", "irene.toml")
    assert (caught.value.problem.line, caught.value.problem.column) == (2, 11)
    assert str(caught.value).startswith("irene.toml:2:11: no valid TOML: invalid value")


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("x = [", "an end for each bracket that was opened"),
        ("x =", "expected a value"),
        ("x = True", "true or false, in small letters"),
        ("x = [1,,2]", "a value before the ,"),
        ("x = vosk", 'texts in quotes, as in key = "value"'),
        ('x = "abc\ny = 1', "a text to end in a quote on its own line"),
        ('x = "abc', "a text to end in the quotes that it begins with"),
        ('x = "C:\\dir"', "backslashes in single quotes"),
        ('x = "C:\\Users"', "backslashes in single quotes"),
        ("x = \u201cvosk\u201d", "straight quotes, \" or ', not \u201c"),
        (
            "[asr]\nx = 1\n[asr]",
            "cannot declare [asr] twice; expected each section once, with all",
        ),
        ("x = 1\nx = 2", "each key and each section once"),
        ("x = { a = 1", "a } on the same line"),
        ("x = [1 2]", "commas in between"),
        ("x: vosk", "expected key = value"),
        ("= 3", "key = value, or [section]"),
        ("x = 'don't'", "one key = value a line"),
    ],
)
def test_a_syntax_error_says_what_would_be_right(text, cure):
    """The usual slips, each with its cure."""
    with pytest.raises(TomlSyntaxError) as caught:
        parse_document(text, "irene.toml")
    assert cure in str(caught.value)


def test_an_unfinished_document_points_at_its_end():
    """A syntax error at the end has a line, too."""
    with pytest.raises(TomlSyntaxError) as caught:
        parse_document("[asr]\nname = [1,\n", "irene.toml")
    assert caught.value.problem.line == 3
