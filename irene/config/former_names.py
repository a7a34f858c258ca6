"""Names that tables had before, or have in guides: they are read as the tables that they are."""

from __future__ import annotations

from collections.abc import Mapping

from irene.config.origins import KeyPath

FORMER_NAMES: Mapping[KeyPath, KeyPath] = {
    ("inputs", "microphone_config"): ("inputs", "providers", "microphone"),
    ("stt",): ("asr",),
}
"""the name of today, by the former one"""


def canonical(path: KeyPath) -> KeyPath:
    """Return the key under which a value is kept, whichever name of its table was written."""
    for former, name in FORMER_NAMES.items():
        if path[: len(former)] == former:
            return (*name, *path[len(former) :])
    return path
