"""Pages: measured blocks are replaced, and nothing else is touched."""

import pytest

from irene.errors import ConfigurationError
from irene.performance.publishing.markdown import markers, replace_measured, write_measured

PAGE = """# Title

<!-- measured: begin -->
old
<!-- measured: end -->

between

<!-- measured: begin other -->
older
<!-- measured: end other -->
after
"""


def test_only_the_named_block_changes():
    """Its neighbour and the text between belong to others."""
    page = replace_measured(PAGE, "new", "other")
    assert "old\n" in page
    assert "older" not in page
    assert page.endswith(
        "<!-- measured: begin other -->\n\nnew\n\n<!-- measured: end other -->\nafter\n"
    )


def test_the_block_without_a_name_is_the_one_without_a_name():
    """Even where named ones come first."""
    first, last = markers("other")
    page = replace_measured(f"{first}\nkept\n{last}\n{PAGE}", "new")
    assert "kept" in page
    assert "\nold\n" not in page


def test_writing_twice_is_writing_once():
    """The markers stay where they were."""
    once = replace_measured(PAGE, "new", "other")
    assert replace_measured(once, "new", "other") == once


def test_a_page_without_the_block_is_refused(tmp_path):
    """The lines to add are told, for a page that exists and for one that does not."""
    page = tmp_path / "page.md"
    with pytest.raises(ConfigurationError, match="begin third"):
        write_measured(page, "new", "third")
    page.write_text(PAGE)
    with pytest.raises(ConfigurationError, match="begin third"):
        write_measured(page, "new", "third")
    assert page.read_text() == PAGE
