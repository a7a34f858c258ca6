"""Every metric and stage of the catalogue, in the tables of their page."""

from __future__ import annotations

from collections.abc import Iterable

from irene.cli.reference.tables import cells_of, replaced, table
from irene.telemetry.catalogue import METRICS, STAGES
from irene.telemetry.metrics import Metric

_NAMED = {metric.name: metric for metric in METRICS}


def render(page: str) -> str:
    """Return the page with each metric's row, where it stands, as the catalogue has it.

    The page says which metrics belong together. One that it does not have yet comes below the one
    before it in the catalogue.

    Raises:
        LookupError: the page has no metric of the catalogue at all.
    """
    lines = [_renewed(line) for line in page.split("\n") if not _is_gone(line)]
    for before, metric in zip((None, *METRICS), METRICS, strict=False):
        if _place(lines, metric) is None:
            at = None if before is None else _place(lines, before)
            if at is None:
                raise LookupError(f"the page of metrics has no place for {metric.name}")
            lines.insert(at + 1, _row(metric))
    stages = ((f"`{name}`", text) for name, text in STAGES.items())
    return replaced("\n".join(lines), "## Stages", ("stage", "what it is"), stages)


def _name(line: str) -> str:
    return cells_of(line)[0].strip("`") if line.startswith("| `irene_") else ""


def _is_gone(line: str) -> bool:
    name = _name(line)
    return bool(name) and name not in _NAMED


def _renewed(line: str) -> str:
    return _row(_NAMED[_name(line)]) if _name(line) else line


def _place(lines: Iterable[str], metric: Metric) -> int | None:
    return next((n for n, line in enumerate(lines) if _name(line) == metric.name), None)


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    cells = (f"`{metric.name}`", metric.kind.value, metric.unit, labels, metric.text)
    return table((), [cells])[-1]
