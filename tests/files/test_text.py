"""Text files that are no UTF-8: what is wrong, where, and what would be right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import why_unreadable


def reason_of(content):
    """Return why a content cannot be read."""
    with pytest.raises(UnicodeDecodeError) as refused:
        content.decode("utf-8-sig")
    return why_unreadable(refused.value)


@given(st.lists(st.text(st.characters(blacklist_characters="\n", blacklist_categories=["Cs"]))))
def test_the_line_is_the_one_that_an_editor_shows(lines):
    """However many lines come before, and whatever stands in them."""
    before = "".join(f"{line}\n" for line in lines).encode()
    found = reason_of(before + "schön".encode("latin-1") + b"\nmore\n")
    assert found.startswith(f"line {len(lines) + 1}: byte 0xf6 is no UTF-8 text; ")
    assert found.endswith("save the file as UTF-8")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_the_text_of_an_editor_of_windows_is_named(encoding):
    """Every byte of it would be wrong."""
    content = "\N{BOM}a = 1" if encoding != "utf-16" else "a = 1"
    assert reason_of(content.encode(encoding)) == "line 1: it is UTF-16; save it as UTF-8"


def test_what_the_system_says_is_passed_on(tmp_path):
    """As part of a message, without the name."""
    with pytest.raises(FileNotFoundError) as refused:
        (tmp_path / "none").read_text()
    assert why_unreadable(refused.value) == "no such file or directory"
