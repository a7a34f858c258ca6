"""Tables of Markdown, and how one inside a page is written anew without touching the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Row = Sequence[str]
_BAR = re.compile(r"(?<!\\)\|")


def table(head: Row, rows: Iterable[Row], rule: str = "") -> list[str]:
    """Return the lines of a table.

    Args:
        head: the cells above.
        rows: all others; bars and line ends in them are taken care of.
        rule: the line below the head; every column is flush left unless given.
    """
    line = rule or f"|{'---|' * len(head)}"
    return [_line(head), line, *(_line(row) for row in rows)]


def cells_of(line: str) -> list[str]:
    """Return the cells of a line of a table, as they are written."""
    return [cell.strip() for cell in _BAR.split(line.strip().strip("|"))]


def replaced(page: str, heading: str, head: Row, rows: Iterable[Row]) -> str:
    """Return a page with new rows in the first table with that head below a heading.

    Raises:
        LookupError: there is no such heading, or no such table before the next heading.
    """
    lines = page.split("\n")
    at = _index(lines, heading, 0, len(lines), heading)
    level = heading.split(maxsplit=1)[0]
    after = (n for n in range(at + 1, len(lines)) if re.match(rf"#{{1,{len(level)}}} ", lines[n]))
    end = next(after, len(lines))
    first = _index(lines, _line(head), at, end, heading)
    last = first
    while last < len(lines) and lines[last].startswith("|"):
        last += 1
    lines[first:last] = table(head, rows, lines[first + 1])
    return "\n".join(lines)


def _index(lines: list[str], wanted: str, start: int, end: int, heading: str) -> int:
    try:
        return lines.index(wanted, start, end)
    except ValueError:
        raise LookupError(f"below {heading!r} there is no line {wanted!r}") from None


def _line(row: Row) -> str:
    cells = (_BAR.sub(r"\\|", " ".join(cell.split())) for cell in row)
    return f"| {' | '.join(cells)} |"
