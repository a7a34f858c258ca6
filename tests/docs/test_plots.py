"""The plots: of the figures that stand on their pages."""

from dataclasses import replace
from xml.etree import ElementTree

import plots
import pytest
from doc_snippets import PAGES
from plots import FOLDER, PLOTS

SVG = "{http://www.w3.org/2000/svg}"
TABLE = """\
# Page

| part | ms | most |
| --- | --: | --: |
| one (1 at once) | 10 ms | 20 |
| two | 40 ms |  |
| three |  |  |

| part | ms |
| --- | --: |
| other | 99 |
"""


@pytest.fixture
def plot(tmp_path, monkeypatch):
    """A plot of the table above."""
    monkeypatch.setattr(plots, "DOCS", tmp_path)
    tmp_path.joinpath("page.md").write_text(TABLE, encoding="utf-8")
    series = (("middle", "ms"), ("most", "most"))
    return plots.Plot(
        "x", "page.md", "part", "Title", "About", "ms", series, lambda row: row["part"]
    )


@pytest.mark.parametrize("one", PLOTS, ids=lambda one: one.name)
def test_a_plot_is_of_the_figures_on_its_page(one):
    """`make docs` draws it anew."""
    assert FOLDER.joinpath(f"{one.name}.svg").read_text(encoding="utf-8") == one.svg()


@pytest.mark.parametrize("one", PLOTS, ids=lambda one: one.name)
def test_a_plot_stands_on_the_page_of_its_table(one):
    """Told in words, too."""
    (page,) = (page for page in PAGES if str(page).endswith(one.page))
    assert f"pictures/{one.name}.svg)" in page.read_text(encoding="utf-8")
    assert ElementTree.fromstring(one.svg()).find(f"{SVG}desc").text == one.about


def test_the_first_table_with_that_head_is_read(plot):
    """Each row by the heads of its columns."""
    assert [row["part"] for row in plot.rows()] == ["one (1 at once)", "two", "three"]
    assert plot.rows()[0] == {"part": "one (1 at once)", "ms": "10 ms", "most": "20"}


def test_rows_without_a_figure_are_left_out(plot):
    """A cell without one has no dot."""
    svg = plot.svg()
    texts = ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert "one (1 at once)" in texts
    assert "two" in texts
    assert "three" not in texts


def test_the_figure_is_what_a_cell_begins_with(plot):
    """Units and remarks follow it; times may have several units."""
    cells = ("22.5 ms", "500 µs", "1.5 s", "250000 ns", "-3.2 dB", "0 (0.0 %)", "", "≤ -150 dB")
    values = list(map(plot._value, cells))
    assert values == pytest.approx([22.5, 0.5, 1500.0, 0.25, -3.2, 0.0, None, None])
    assert replace(plot, unit="µs")._value("1.1 ms") == pytest.approx(1100)


def test_a_logarithmic_axis_has_no_place_for_zero(plot):
    """A dot would lie nowhere."""
    page = plots.DOCS / "page.md"
    page.write_text(TABLE.replace("| 10 ms | 20 |", "| 0 ms | 20 |"), encoding="utf-8")
    svg = replace(plot, is_log=True).svg()
    assert len(ElementTree.fromstring(svg).findall(f".//{SVG}text")) > 4


def test_a_table_that_has_gone_is_missed(plot):
    """By the page and the head that was looked for."""
    with pytest.raises(LookupError, match=r"page\.md has no table that begins with 'whole'"):
        replace(plot, first_cell="whole").svg()
    with pytest.raises(LookupError):
        replace(plot, series=(("x", "gone"),)).svg()
