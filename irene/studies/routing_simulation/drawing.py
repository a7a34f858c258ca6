"""Small drawings as SVG: readable on light and dark ground, and without seeing colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from irene.studies.routing_simulation.axes import Axis

_LEFT, _TOP, _BOTTOM = 64, 50, 52
_ROW, _APART = 34, 5.5
"""height of a row of dots, and by how much its dots are moved apart so that none hides another"""
_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"
_LIGHT = ("#0072b2", "#b35900", "#00795a", "#a3327f", "#3d3d3d")
_DARK = ("#56b4e9", "#f0a030", "#2fc99a", "#e58ac4", "#d9d9d9")
"""five hues after Okabe and Ito (2008), made darker or lighter until text on the ground can be
read in them: a contrast of 4.5 and more (WCAG 2.1)"""
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4")
_MARKS = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
    "M-4 -4H4V4H-4Z",
    "M0 -5L5 4H-5Z",
    "M0 -5.5L5.5 0L0 5.5L-5.5 0Z",
    "M-4 -4L4 4M4 -4L-4 4",
)
"""circle, square, triangle, diamond, cross"""


@dataclass(frozen=True)
class Series:
    """A line, or dots, of one kind; its colour, dash and mark come from its number."""

    label: str
    points: Sequence[tuple[float, float]]
    number: int
    """0 to 4: the same thing has the same number in every drawing"""


@dataclass(frozen=True)
class Band:
    """A range of the horizontal axis in which something is different."""

    low: float
    high: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Lines over two axes, each labelled at its end."""

    title: str
    description: str
    """what there is to see, for those who cannot"""
    x: Axis
    y: Axis
    series: Sequence[Series]
    bands: Sequence[Band] = ()
    is_marked: bool = True
    """whether points have marks, rather than only a line through them"""
    width: int = 760
    height: int = 360
    right: int = 172
    """room for the labels"""

    def svg(self) -> str:
        """Return the drawing."""
        frame = _Frame(self.width, self.height, self.right)
        parts = [_band(frame, self.x, band) for band in self.bands]
        parts += _horizontal(frame, self.x) + _vertical(frame, self.y)
        for one in self.series:
            places = [(frame.x(self.x.place(x)), frame.y(self.y.place(y))) for x, y in one.points]
            parts.append(_line(places, one.number))
            if self.is_marked:
                parts += [_mark(x, y, one.number) for x, y in places]
        parts += _end_labels(frame, self)
        return _document(self.width, self.height, self.title, self.description, parts)


@dataclass(frozen=True)
class DotPlot:
    """A row for each case with a mark for each series (Cleveland, "The Elements of Graphing")."""

    title: str
    description: str
    """what there is to see, for those who cannot"""
    x: Axis
    rows: Sequence[str]
    series: Sequence[Series]
    """points are (value, number of the row)"""
    width: int = 760
    left: int = 150
    """room for the names of the rows"""

    def svg(self) -> str:
        """Return the drawing."""
        height = _TOP + 24 + _ROW * len(self.rows) + _BOTTOM
        frame = _Frame(self.width, height, 24, self.left, _TOP + 24)
        step = (frame.bottom - frame.top) / len(self.rows)
        parts = [_stripe(frame, number * step, step) for number in range(0, len(self.rows), 2)]
        parts += _horizontal(frame, self.x)
        for number, name in enumerate(self.rows):
            y = frame.top + (number + 0.5) * step
            parts.append(_text(frame.left - 10, y + 4, name, "end"))
        for one in self.series:
            for value, row in one.points:
                y = frame.top + (row + 0.5) * step + _APART * (one.number - 2)
                parts.append(_mark(frame.x(self.x.place(value)), y, one.number))
        parts += _legend(frame, self.series)
        return _document(self.width, height, self.title, self.description, parts)


@dataclass(frozen=True)
class _Frame:
    """The rectangle between the axes, in pixels."""

    width: int
    height: int
    margin: int
    left: int = _LEFT
    top: int = _TOP
    right: int = field(init=False)
    bottom: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "right", self.width - self.margin)
        object.__setattr__(self, "bottom", self.height - _BOTTOM)

    def x(self, place: float) -> float:
        """Return the pixel of a place from left to right."""
        return self.left + place * (self.right - self.left)

    def y(self, place: float) -> float:
        """Return the pixel of a place from bottom to top."""
        return self.bottom - place * (self.bottom - self.top)


def _document(width: int, height: int, title: str, description: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="t d">'
    )
    lines = [
        head,
        f'<title id="t">{escape(title)}</title>',
        f'<desc id="d">{escape(description)}</desc>',
        f"<style>{_style()}</style>",
        f'<rect class="ground" width="{width}" height="{height}" rx="6"/>',
        f'<text class="head" x="16" y="26">{escape(title)}</text>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _style() -> str:
    def colours(ground: str, ink: str, grid: str, band: str, hues: Sequence[str]) -> str:
        rules = [
            f".ground{{fill:{ground}}}text{{fill:{ink}}}",
            f".grid{{stroke:{grid}}}.band{{fill:{band}}}",
            *(
                f".s{number}{{stroke:{hue}}}.m{number}{{fill:{hue};stroke:{hue}}}"
                f".t{number}{{fill:{hue}}}"
                for number, hue in enumerate(hues)
            ),
        ]
        return "".join(rules)

    light = colours("#ffffff", "#24292f", "#d8dee4", "#eef1f4", _LIGHT)
    dark = colours("#0d1117", "#d5dbe1", "#30363d", "#1b222b", _DARK)
    return (
        f"text{{{_FONT};font-size:13px}}.head{{font-size:15px;font-weight:600}}"
        ".grid{stroke-width:1;fill:none}.line{fill:none;stroke-width:2}"
        f".mark{{stroke-width:2}}{light}@media(prefers-color-scheme:dark){{{dark}}}"
    )


def _horizontal(frame: _Frame, axis: Axis) -> list[str]:
    parts = []
    for value in axis.ticks():
        x = frame.x(axis.place(value))
        parts.append(_rule(x, frame.top, x, frame.bottom))
        parts.append(_text(x, frame.bottom + 18, _figure(value), "middle"))
    parts.append(_text((frame.left + frame.right) / 2, frame.bottom + 40, axis.title, "middle"))
    return parts


def _vertical(frame: _Frame, axis: Axis) -> list[str]:
    parts = []
    for value in axis.ticks():
        y = frame.y(axis.place(value))
        parts.append(_rule(frame.left, y, frame.right, y))
        parts.append(_text(frame.left - 8, y + 4, _figure(value), "end"))
    middle = (frame.top + frame.bottom) / 2
    turned = f' transform="rotate(-90 18 {middle:g})"'
    parts.append(_text(18, middle, axis.title, "middle", turned))
    return parts


def _end_labels(frame: _Frame, chart: Chart) -> list[str]:
    """Write each label at the end of its line, moved apart where two would touch."""
    drawn = [one for one in chart.series if one.points]
    ends = [(frame.y(chart.y.place(one.points[-1][1])), one) for one in drawn]
    ends.sort(key=lambda end: end[0])
    parts = []
    for y, one in _apart(ends, frame.bottom):
        classes = f' class="t{one.number}"'
        places = [(frame.right + 6.0, y), (frame.right + 36.0, y)]
        parts.append(_line(places, one.number))
        if chart.is_marked:
            parts.append(_mark(frame.right + 21, y, one.number))
        parts.append(_text(frame.right + 42, y + 4, one.label, "start", classes))
    return parts


def _apart(ends: Sequence[tuple[float, Series]], bottom: float) -> list[tuple[float, Series]]:
    """Move labels down until none touches another, and all up again if the last is too low."""
    moved, lowest = [], float("-inf")
    for y, one in ends:
        lowest = max(y, lowest + 16)
        moved.append((lowest, one))
    too_low = max(0.0, lowest - bottom)
    return [(y - too_low, one) for y, one in moved]


def _legend(frame: _Frame, series: Sequence[Series]) -> list[str]:
    parts, x = [], 24.0
    for one in series:
        classes = f' class="t{one.number}"'
        parts.append(_mark(x, frame.top - 26, one.number))
        parts.append(_text(x + 12, frame.top - 22, one.label, "start", classes))
        x += 36 + 7.2 * len(one.label)
    return parts


def _band(frame: _Frame, axis: Axis, band: Band) -> str:
    left, right = frame.x(axis.place(band.low)), frame.x(axis.place(band.high))
    rectangle = (
        f'<rect class="band" x="{left:.1f}" y="{frame.top}" width="{right - left:.1f}" '
        f'height="{frame.bottom - frame.top}"/>'
    )
    return rectangle + _text((left + right) / 2, frame.top - 6, band.label, "middle")


def _stripe(frame: _Frame, top: float, height: float) -> str:
    """Shade every other row, so that no dot seems to belong to its neighbour."""
    return (
        f'<rect class="band" x="{frame.left}" y="{frame.top + top:.1f}" '
        f'width="{frame.right - frame.left}" height="{height:.1f}"/>'
    )


def _line(places: Sequence[tuple[float, float]], number: int) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dash = f' stroke-dasharray="{_DASHES[number]}"' if _DASHES[number] else ""
    return f'<path class="line s{number}"{dash} d="{path}"/>'


def _mark(x: float, y: float, number: int) -> str:
    place = f"translate({x:.1f} {y:.1f})"
    return f'<path class="mark m{number}" transform="{place}" d="{_MARKS[number]}"/>'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path class="grid" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def _text(x: float, y: float, words: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def _figure(value: float) -> str:
    return f"{value:,.6g}".replace(",", " ")
