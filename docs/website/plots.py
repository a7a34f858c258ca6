"""Plots the tables of measurements: `python docs/website/plots.py`.

What is drawn is what the pages say: each plot reads one table of a page, so that both are of the
same run. `make docs` draws them anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from irene.cli.reference.tables import cells_of
from irene.studies.routing_simulation.axes import Axis
from irene.studies.routing_simulation.drawing import DotPlot, Series

DOCS = Path(__file__).parents[1]
FOLDER = DOCS / "pictures"
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(?: (ns|µs|ms|s)\b)?")
_TIMES = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}

Row = list[str]


@dataclass(frozen=True)
class Plot:
    """One table as dots: a row for each of its rows."""

    name: str
    """of the file, without its ending"""
    page: str
    """below docs/"""
    first_cell: str
    """of the table's head: the first table that begins so is meant"""
    title: str
    about: str
    """what there is to see, for those who cannot"""
    axis: str
    """what is measured, and its unit"""
    series: Sequence[tuple[str, str]]
    """label, and head of the column, of each kind of dot"""
    label: Callable[[dict[str, str]], str]
    """how a row is called, from its cells by the heads of their columns"""
    unit: str = "ms"
    """what times are converted to; other figures stay as they are"""
    is_log: bool = False

    def svg(self) -> str:
        """Return the drawing.

        Raises:
            LookupError: the page has no such table, or the table no such column.
        """
        rows = [
            row for row in self.rows() if any(self._value(row[head]) for _, head in self.series)
        ]
        numbers = (2,) if len(self.series) == 1 else (1, 3)  # symmetric about the row
        drawn = [
            Series(
                label,
                [
                    (value, n)
                    for n, row in enumerate(rows)
                    if (value := self._value(row[head])) is not None
                    and (value > 0 or not self.is_log)
                ],
                number,
            )
            for number, (label, head) in zip(numbers, self.series, strict=True)
        ]
        values = [value for one in drawn for value, _ in one.points]
        axis = Axis.around(self.axis, values, self.is_log, None if self.is_log else 0.0)
        names = [self.label(row) for row in rows]
        left = 24 + 7 * max(map(len, names))
        return DotPlot(self.title, self.about, axis, names, drawn, left=left).svg()

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of the table, each by the heads of its columns."""
        lines = DOCS.joinpath(self.page).read_text(encoding="utf-8").split("\n")
        start = next((n for n, one in enumerate(lines) if one.startswith(self._head)), None)
        if start is None:
            raise LookupError(f"{self.page} has no table that begins with {self.first_cell!r}")
        head = cells_of(lines[start])
        end = next(n for n in range(start, len(lines)) if not lines[n].startswith("|"))
        return [dict(zip(head, cells_of(line), strict=True)) for line in lines[start + 2 : end]]

    def _value(self, cell: str) -> float | None:
        """Return the number that a cell begins with; None if there is none."""
        found = _NUMBER.match(cell)
        if found is None:
            return None
        number, unit = found.groups()
        return float(number) * (_TIMES[unit] / _TIMES[self.unit] if unit else 1.0)

    @property
    def _head(self) -> str:
        return f"| {self.first_cell} |"


PLOTS = (
    Plot(
        "resampling-delay",
        "explanation/audio.md",
        "48000 → 16000 Hz",
        "Sound that a conversion from 48000 to 16000 Hz holds back",
        "LQ holds back least, VHQ most; MQ and HQ lie between, side by side.",
        "ms",
        (("mean", "held back: mean"), ("most", "most")),
        lambda row: row["48000 → 16000 Hz"].replace("`", ""),
    ),
    Plot(
        "engine-work",
        "explanation/accuracy.md",
        "slot",
        "Work of the engines for a second of audio",
        "Levels of energy take least, then microWakeWord, Silero, openWakeWord, and PocketSphinx "
        "for wake words; PocketSphinx as recogniser takes most.",
        "ms of a core for 1 s of audio",
        (("work", "CPU ms per second of audio"),),
        lambda row: f"{row['slot']}: {row['engine'].split(' (')[0]}",
        is_log=True,
    ),
    Plot(
        "chunk-cost",
        "explanation/performance.md",
        "for 20 ms of audio",
        "What a framework adds to 20 ms of audio",
        "irene takes less than any pipeline of Pipecat, in silence less than while engines listen; "
        "Pipecat takes most with its default worker.",
        "µs, without the engines",
        (("median", "median"), ("least", "least")),
        lambda row: row["for 20 ms of audio"],
        unit="µs",
        is_log=True,
    ),
)
"""every plot"""


if __name__ == "__main__":
    for plot in PLOTS:
        FOLDER.joinpath(f"{plot.name}.svg").write_text(plot.svg(), encoding="utf-8")
