"""What a command that measures does with its figures."""

from irene.errors import ConfigurationError
from irene.performance.publishing.markdown import markers
from irene.performance.publishing.publish import publish


def test_figures_are_printed_block_after_block(capsys):
    """Whether there is a page or not."""
    assert publish(lambda: {"one": "first", "two": "second"}) == 0
    assert capsys.readouterr().out == "first\n\nsecond\n"


def test_each_block_goes_between_its_markers(tmp_path):
    """All other text of the page stays."""
    page = tmp_path / "page.md"
    page.write_text("\n".join(["before", *markers("one"), "between", *markers(), "after"]))
    assert publish(lambda: {"one": "first", "": "second"}, page) == 0
    begins = [page.read_text().index(text) for text in ("before", "first", "between", "second")]
    assert begins == sorted(begins)
    assert page.read_text().endswith("after")


def test_a_page_that_shows_some_of_it_is_given_that(tmp_path):
    """What it does not show is only printed."""
    page = tmp_path / "page.md"
    page.write_text("\n".join(["before", *markers("two"), "after"]))
    assert publish(lambda: {"one": "first", "two": "second"}, page) == 0
    assert "first" not in page.read_text()
    assert "second" in page.read_text()


def test_what_cannot_be_measured_is_one_line_and_its_exit_status(capsys):
    """As everywhere."""

    def measure():
        raise ConfigurationError("no engine is called so")

    assert publish(measure) == 2
    assert capsys.readouterr() == ("", "error: no engine is called so\n")


def test_a_page_without_room_for_the_figures_is_told(tmp_path, capsys):
    """Nothing that was measured is written elsewhere."""
    page = tmp_path / "page.md"
    page.write_text("nothing measured here\n")
    assert publish(lambda: {"one": "first"}, page) == 2
    assert "<!-- measured: begin one -->" in capsys.readouterr().err
    assert page.read_text() == "nothing measured here\n"
