"""What every command that measures does with its figures: print them, and put them into a page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from irene.errors import IreneError
from irene.performance.publishing.markdown import markers, write_measured


def publish(measure: Callable[[], Mapping[str, str]], page: str | Path | None = None) -> int:
    """Measure, put what was found into a page if there is one, print it; return the exit status.

    Args:
        measure: returns Markdown by the name of its block in the page; the block without a name is
            the empty one.
        page: is given those blocks that it has room for, of which there must be one.
    """
    try:
        blocks = measure()
        if page:
            _write(Path(page), blocks)
    except IreneError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write("\n\n".join(blocks.values()) + "\n")
    return 0


def _write(page: Path, blocks: Mapping[str, str]) -> None:
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    with_room = [name for name in blocks if markers(name)[0] in text]
    for name in with_room or blocks:
        write_measured(page, blocks[name], name)
