"""Plots as SVG inside a page: colours come from its style sheet, so that it may be dark."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from irene.performance.view.amounts import amount, clock_time
from irene.performance.view.report import Spread

_WIDTH, _HEIGHT = 640, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 8, 10, 22
_MOST_POINTS = 600
"""points of a line; more are thinned, each kept one the greatest of its neighbours"""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class _Scale:
    """From times and values to places in the picture."""

    since: float
    until: float
    top: float

    def x(self, at: float) -> float:
        share = (at - self.since) / max(self.until - self.since, 1e-9)
        return _LEFT + min(1.0, max(0.0, share)) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - value / self.top * (_HEIGHT - _TOP - _BOTTOM)


def line_plot(points: Points, unit: str, since: float, until: float, name: str) -> str:
    """Return values over time as steps: each holds until the next one.

    Args:
        points: times (seconds since 1970) and values, oldest first, one at least.
        unit: of the values.
        since: where the picture begins, seconds since 1970.
        until: where it ends.
        name: what is read to somebody who does not see it.
    """
    scale = _Scale(since, until, _nice(max(value for _, value in points)))
    path, last = [], None
    for at, value in _thinned(points):
        if last is not None:
            path.append(f"{scale.x(at):.1f},{last:.1f}")
        last = scale.y(value)
        path.append(f"{scale.x(at):.1f},{last:.1f}")
    path.append(f"{scale.x(until):.1f},{last:.1f}")
    drawn = f'<polyline class="line" points="{" ".join(path)}"/>'
    return _picture([*_axes(scale, unit), drawn], name)


def dot_plot(points: Points, unit: str, since: float, until: float, name: str) -> str:
    """Return single values over time as dots, each with its value as a hint."""
    scale = _Scale(since, until, _nice(max(value for _, value in points)))
    dots = [
        f'<circle class="dot" cx="{scale.x(at):.1f}" cy="{scale.y(value):.1f}" r="3">'
        f"<title>{escape(clock_time(at))}: {escape(amount(value, unit))}</title></circle>"
        for at, value in _thinned(points)
    ]
    return _picture([*_axes(scale, unit), *dots], name)


def spread_bar(spread: Spread, longest: float) -> str:
    """Return a bar from nothing to p99 with marks at p50 and p95, as long as its share of all."""
    scale = 200 / max(longest, 1e-9)
    p50, p95, p99 = (value * scale for value in (spread.p50, spread.p95, spread.p99))
    text = f"p50 {spread.p50:.1f}, p95 {spread.p95:.1f}, p99 {spread.p99:.1f} {spread.unit}"
    return (
        f'<svg viewBox="0 0 204 14" width="204" height="14" role="img" aria-label="{escape(text)}">'
        f"<title>{escape(text)}</title>"
        f'<rect class="thin" x="0" y="5" width="{p99:.1f}" height="4"/>'
        f'<rect class="bar" x="0" y="3" width="{p50:.1f}" height="8"/>'
        f'<rect class="mark" x="{p95:.1f}" y="1" width="2" height="12"/></svg>'
    )


def share_bar(share: float) -> str:
    """Return a bar of a share, 0 to 1."""
    return (
        '<svg viewBox="0 0 104 14" width="104" height="14" role="img" '
        f'aria-label="{share:.0%}"><rect class="rest" x="0" y="3" width="100" height="8"/>'
        f'<rect class="bar" x="0" y="3" width="{100 * share:.1f}" height="8"/></svg>'
    )


def _picture(parts: Sequence[str], name: str) -> str:
    head = f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
    return f'{head} aria-label="{escape(name)}">{"".join(parts)}</svg>'


def _axes(scale: _Scale, unit: str) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = scale.y(share * scale.top)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        text = escape(amount(share * scale.top, unit))
        yield f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
    for at, anchor in ((scale.since, "start"), (scale.until, "end")):
        text = escape(clock_time(at, scale.until))
        place = f'x="{scale.x(at):.1f}" y="{_HEIGHT - 6}" text-anchor="{anchor}"'
        yield f'<text class="tick" {place}>{text}</text>'


def _thinned(points: Points) -> Points:
    step = math.ceil(len(points) / _MOST_POINTS)
    if step <= 1:
        return points
    groups = (points[at : at + step] for at in range(0, len(points), step))
    return [max(group, key=lambda point: point[1]) for group in groups]


def _nice(highest: float) -> float:
    """Return a round number that is not below a value, for the top of an axis."""
    if highest <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(highest))
    return next(step * size for step in (1, 1.5, 2, 3, 4, 5, 8, 10, 20) if step * size >= highest)
