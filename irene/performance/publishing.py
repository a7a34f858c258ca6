"""What every command that measures does with its figures: print them, and put them into a page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from irene.errors import IreneError
from irene.performance.markdown import write_measured


def publish(measure: Callable[[], Mapping[str, str]], page: str | Path | None = None) -> int:
    """Measure, put what was found into a page if there is one, print it; return the exit status.

    Args:
        measure: returns Markdown by the name of its block in the page; the block without a name is
            the empty one.
        page: nothing is written unless given.
    """
    try:
        blocks = measure()
        for name, text in blocks.items() if page else ():
            write_measured(Path(page or ""), text, name)
    except IreneError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write("\n\n".join(blocks.values()) + "\n")
    return 0
