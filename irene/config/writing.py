"""Files of `config/` that a module writes anew when it is run: `python -m MODULE`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from irene.config.sources import checkout


def write_anew(module: str, file: str, content: Callable[[], str]) -> None:
    """Write a file; `--help` says so instead, and any other argument is refused (exit status 2)."""
    usage = f"usage: python -m {module}\n"
    arguments = sys.argv[1:]
    if not arguments:
        (checkout() / "config" / file).write_text(content(), encoding="utf-8")
    elif arguments[0] in ("-h", "--help"):
        sys.stdout.write(f"{usage}\nWrites config/{file} anew.\n")
    else:
        sys.stderr.write(f"{usage}error: it takes no arguments: {' '.join(arguments)}\n")
        sys.exit(2)
