"""Drawings of figures: well-formed, inside their frame, told apart without colours."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.studies.routing_simulation.axes import Axis
from irene.studies.routing_simulation.drawing import Band, Chart, DotPlot, Series

_NS = "{http://www.w3.org/2000/svg}"
_NAMES = ("primary_fallback", "round_robin", "least_loaded", "latency_weighted", "hedged")


def chart():
    """Return five lines."""
    series = [
        Series(name, [(x / 10, 0.3 + (1 + number) * (x / 10) ** 4) for x in range(1, 11)], number)
        for number, name in enumerate(_NAMES)
    ]
    y = Axis.around("p99 < s", [0.3, 5.3], is_log=True)
    x = Axis("load", 0.0, 1.0)
    return Chart("a & b", "what <there> is", x, y, series, [Band(0.4, 0.6, "outage")])


def dots():
    """Return two rows of five dots."""
    series = [Series(name, [(0.5, 0), (2.0, 1)], number) for number, name in enumerate(_NAMES)]
    return DotPlot("dots", "rows", Axis("s", 0.2, 5.0, True), ["equal", "one slow"], series)


@given(
    st.lists(st.floats(1e-4, 1e6), min_size=1, max_size=10),
    st.booleans(),
)
def test_an_axis_holds_its_values_and_has_a_few_round_ticks(values, is_log):
    """Enough to read it, not more than fit."""
    axis = Axis.around("s", values, is_log)
    assert axis.low <= min(values) * 1.001
    assert axis.high >= max(values) * 0.999
    ticks = axis.ticks()
    assert list(ticks) == sorted(ticks)
    assert 2 <= len(ticks) <= 13
    assert all(-1e-9 <= axis.place(tick) <= 1 + 1e-9 for tick in ticks)


def test_equal_factors_take_equal_lengths_on_a_logarithmic_axis():
    """And equal differences on a linear one."""
    assert Axis("s", 0.1, 10.0, True).place(1.0) == pytest.approx(0.5)
    assert Axis("s", 0.0, 10.0).place(5.0) == pytest.approx(0.5)


def test_values_beyond_an_axis_lie_on_its_border():
    """Nothing is drawn outside of the frame."""
    axis = Axis("s", 1.0, 10.0)
    assert (axis.place(0.0), axis.place(11.0)) == (0.0, 1.0)


@pytest.mark.parametrize("drawing", [chart(), dots()], ids=["chart", "dots"])
def test_a_drawing_is_well_formed_and_says_what_it_shows(drawing):
    """With a title and a description for those who cannot see it."""
    root = ElementTree.fromstring(drawing.svg())
    assert root.find(f"{_NS}title").text == drawing.title
    assert root.find(f"{_NS}desc").text == drawing.description


@pytest.mark.parametrize("drawing", [chart(), dots()], ids=["chart", "dots"])
def test_series_differ_in_more_than_colour(drawing):
    """Each has a mark of its own, and its name stands in the drawing."""
    root = ElementTree.fromstring(drawing.svg())
    marks = {}
    for path in root.iter(f"{_NS}path"):
        found = re.fullmatch(r"mark m(\d)", path.get("class"))
        if found:
            marks.setdefault(found[1], set()).add(path.get("d"))
    assert len(marks) == 5
    assert len({tuple(one) for one in marks.values()}) == 5
    words = [text.text for text in root.iter(f"{_NS}text")]
    assert set(_NAMES) <= set(words)


def contrast(one, other):
    """Return the contrast ratio of two colours (WCAG 2.1)."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_it_can_be_read_on_light_and_on_dark_ground():
    """All text, whatever its colour, has a contrast of at least 4.5 in both."""
    style = ElementTree.fromstring(chart().svg()).find(f"{_NS}style").text
    light, dark = style.split("@media(prefers-color-scheme:dark)")
    for rules in (light, dark):
        ground = re.search(r"\.ground\{fill:(#\w{6})", rules)[1]
        inks = re.findall(r"(?:text|\.t\d)\{fill:(#\w{6})", rules)
        assert len(inks) == 6
        assert all(contrast(ground, ink) >= 4.5 for ink in inks)


def test_labels_of_lines_that_end_together_are_moved_apart():
    """A reader can tell them."""
    series = [Series(name, [(0.0, 1.0), (1.0, 1.0)], n) for n, name in enumerate(_NAMES)]
    flat = Chart("flat", "flat", Axis("x", 0.0, 1.0), Axis("y", 0.0, 2.0), series)
    root = ElementTree.fromstring(flat.svg())
    ys = sorted(float(t.get("y")) for t in root.iter(f"{_NS}text") if t.text in _NAMES)
    assert all(after - before >= 15 for before, after in pairwise(ys))
