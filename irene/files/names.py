"""Names as people give them, and what may be made of them."""

from __future__ import annotations

import re


def file_name(name: str) -> str:
    """Return a name that a file or folder of an assistant of this name may have.

    Letters, digits, `.`, `-` and `_` stay; runs of anything else become `_`; it is never hidden.
    """
    return re.sub(r"[^\w.-]+", "_", name).lstrip(".") or "_"
