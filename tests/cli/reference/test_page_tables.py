"""Tables inside of pages: written anew from the code, and everything around them stays."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

import irene
from irene.cli.reference import contracts, errors, events, metrics, providers
from irene.cli.reference.pages import PAGES, path_of
from irene.cli.reference.tables import cells_of, replaced, table
from irene.domain.events import EVENTS
from irene.errors import IreneError
from irene.telemetry.catalogue import METRICS

PAGE = """\
# Page

| a | b |
|---|---|
| not | this |

## `one`

Prose of one.

| a | b |
|---|--:|
| old | 1 |
| older | 2 |

Prose below.

### Deeper

| a | c |
|---|---|
| stays | 3 |

## `two`

| a | b |
|---|---|
| stays | 4 |
"""
CELLS = st.text(st.characters(exclude_categories=("C", "Z")), max_size=8)


def test_a_table_is_written_anew_below_its_heading():
    """Prose, other tables and how columns are set stay as they are."""
    written = replaced(PAGE, "## `one`", ("a", "b"), [("new", "9")])
    assert written == PAGE.replace("| old | 1 |\n| older | 2 |", "| new | 9 |")


def test_a_table_may_stand_below_a_deeper_heading():
    """A section ends with the next heading of its level, or above."""
    written = replaced(PAGE, "## `one`", ("a", "c"), [("x", "y")])
    assert "### Deeper\n\n| a | c |\n|---|---|\n| x | y |\n" in written


@pytest.mark.parametrize(
    ("heading", "head", "missing"),
    [
        ("## `three`", ("a", "b"), "## `three`"),
        ("## `two`", ("a", "c"), "| a | c |"),
    ],
)
def test_what_a_page_has_no_place_for_is_named(heading, head, missing):
    """So that its author knows what to write, and where."""
    with pytest.raises(LookupError) as caught:
        replaced(PAGE, heading, head, [])
    assert str(caught.value) == f"below {heading!r} there is no line {missing!r}"


@given(st.lists(st.tuples(CELLS, CELLS), max_size=4))
def test_any_cells_come_back(rows):
    """Bars are escaped, so that every row has as many cells as the head."""
    lines = table(("a", "b"), rows)
    assert lines[:2] == ["| a | b |", "|---|---|"]
    for line, row in zip(lines[2:], rows, strict=True):
        if not any(cell.endswith("\\") or "\\|" in cell or "|" in cell for cell in row):
            assert cells_of(line) == list(row)
        elif not any("\\" in cell for cell in row):
            assert [cell.replace("\\|", "|") for cell in cells_of(line)] == list(row)


def test_a_cell_is_one_line():
    """A docstring has several."""
    assert table(("a",), [("one\n    two",)])[-1] == "| one two |"


@dataclass
class Thing:
    """Something that JSON has as an object."""


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (str, "text"),
        (int, "integer"),
        (float, "number"),
        (bool, "true or false"),
        (bool | None, "true, false or null"),
        (str | None, "text or null"),
        (tuple[str, ...], "list of texts"),
        (tuple[Thing, ...], "list of objects"),
        (Mapping[str, float], "object"),
    ],
)
def test_types_of_events_are_said_as_json_has_them(hint, words):
    """Whatever language reads them."""
    assert events.json_type(hint) == words


@pytest.mark.parametrize("name", ["errors", "events", "metrics", "providers"])
def test_writing_a_page_twice_changes_nothing(name):
    """What was written is understood as what it is."""
    page = path_of(name).read_text(encoding="utf-8")
    once = PAGES[name](page)
    assert PAGES[name](once) == once


@pytest.mark.parametrize(
    ("render", "name", "right", "wrong"),
    [
        (events.render, "events", "| `score` | number |", "| `score` | text |"),
        (errors.render, "errors", "| `device` | 5 | yes |", "| `device` | 4 | no |"),
        (metrics.render, "metrics", "`irene_asr_latency_seconds` | h", "`irene_gone_total` | h"),
        (providers.render, "providers", "| `vosk` | Apache-2.0;", "| `vosk` | MIT;"),
    ],
)
def test_what_is_wrong_on_a_page_is_put_right(render, name, right, wrong):
    """Values that changed, and rows of what is no more, in their place."""
    page = path_of(name).read_text(encoding="utf-8")
    assert right in page
    assert render(page.replace(right, wrong)) == page


def test_an_event_without_a_section_is_named():
    """Its author writes the heading, what it is about, and an example."""
    page = path_of("events").read_text(encoding="utf-8")
    first = EVENTS[0].event
    with pytest.raises(LookupError, match=f"`{first}`"):
        events.render(page.replace(f"## `{first}`\n", "## Gone\n"))


def test_a_new_metric_comes_below_the_one_before_it():
    """Where it belongs, unless its author moves it."""
    page = path_of("metrics").read_text(encoding="utf-8")
    before, new = METRICS[5], METRICS[6]
    kept = [line for line in page.split("\n") if not line.startswith(f"| `{new.name}` ")]
    lines = metrics.render("\n".join(kept)).split("\n")
    places = [n for n, line in enumerate(lines) if f"| `{before.name}` " in line]
    assert lines[places[0] + 1].startswith(f"| `{new.name}` ")


def test_a_page_without_metrics_is_none():
    """Nothing says where the first one belongs."""
    with pytest.raises(LookupError, match="no place for irene_"):
        metrics.render("# Metrics\n")


def test_a_new_provider_comes_last_with_its_summary():
    """Its author says how it is installed."""
    page = path_of("providers").read_text(encoding="utf-8")
    kept = "\n".join(line for line in page.split("\n") if "| `webrtc` |" not in line)
    (row,) = (line for line in providers.render(kept).split("\n") if "| `webrtc` |" in line)
    assert cells_of(row)[2] == ""
    assert len(cells_of(row)[3]) > 10


def test_every_error_has_what_it_is_below():
    """An error that is caught by the name of another says so."""
    rows = {row[0].strip("`"): row for row in map(errors._row, errors._classes())}
    assert rows["ModelMissingError"][4].endswith("; a `ProviderUnavailableError`")
    assert "; a `" not in rows["DeviceError"][4]
    assert rows[IreneError.__name__][1:4] == ("`irene`", "1", "no")


def test_whatever_the_page_of_contracts_tells_of_can_be_imported():
    """By plugins, from `irene`."""
    page = path_of("contracts").read_text(encoding="utf-8")
    named = [line.strip("#` ") for line in page.split("\n") if line.startswith("### ")]
    assert len(named) > 25
    assert set(named) - set(irene.__all__) == {"Provider"}


def test_docstrings_become_markdown():
    """Lists of arguments and errors are lists; a line that goes on belongs to its item."""

    def documented(self, first: int, second: str = "x") -> bool:
        """Do it.

        Args:
            first: one,
                and more of it.
            second: two.

        Goes on.

        Raises:
            ValueError: if not.
        """
        raise NotImplementedError

    assert list(contracts._prose(documented)) == [
        "Do it.",
        "",
        "Takes:",
        "",
        "- `first`: one, and more of it.",
        "- `second`: two.",
        "",
        "Goes on.",
        "",
        "Raises:",
        "",
        "- `ValueError`: if not.",
        "",
    ]
    assert contracts._signature(documented) == "(first: int, second: str = x) -> bool"
