"""Figures in Markdown: tables, and pages whose measured part a command replaces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from irene.errors import ConfigurationError

BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"


def markers(block: str = "") -> tuple[str, str]:
    """Return the lines around a measured block: `BEGIN` and `END`, with its name if it has one.

    A page may have several, each written by another command.
    """
    name = f" {block}" if block else ""
    return BEGIN.replace(" -->", f"{name} -->"), END.replace(" -->", f"{name} -->")


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table; columns that hold only figures are aligned to the right."""
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    rules = [
        "--:" if all(_is_figure(row[index]) for row in cells) and cells else "---"
        for index in range(len(header))
    ]
    return "\n".join(_line(row) for row in (header, rules, *cells))


def replace_measured(page: str, measured: str, block: str = "") -> str:
    """Return a page with new figures between the two markers of a block; all other text stays.

    Raises:
        ConfigurationError: it has no such markers.
    """
    first, last = markers(block)
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ConfigurationError(f"the page has no lines {first} and {last}; add them")
    return f"{before}{first}\n\n{measured.strip()}\n\n{last}{after}"


def write_measured(path: Path, measured: str, block: str = "") -> None:
    """Replace the figures of a block in the page at `path`.

    Raises:
        ConfigurationError: there is no such page, or it has no markers.
    """
    first, last = markers(block)
    if not path.is_file():
        raise ConfigurationError(f"{path}: no such page; write it, with {first} and {last} in it")
    page = path.read_text(encoding="utf-8")
    path.write_text(replace_measured(page, measured, block), encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _is_figure(cell: str) -> bool:
    return len(cell) < 12 and (cell[:1].isdigit() or cell[:1] in "-+<≤")
