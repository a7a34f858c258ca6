"""Taking an installed model away again."""

from __future__ import annotations

import shutil
from pathlib import Path

from irene.models.receipts import Receipt, receipt_path


def remove_model(folder: Path, receipt: Receipt) -> None:
    """Remove what belongs to a model, and its receipt.

    Raises:
        OSError: something cannot be removed; the receipt is gone by then, files may be left.
    """
    receipt_path(folder, receipt.kind, receipt.name).unlink()
    for top in receipt.tops:
        take_away(folder / receipt.kind / top)


def take_away(path: Path) -> None:
    """Remove a file, or a folder with everything in it; a link, but not what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
