"""What the files of a model are: sizes and digests."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
"""the file beside a model that says how it was made"""


def digests(folder: Path) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of each file of a model."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in paths
    }
