"""onnxruntime, told before it is imported to report nothing to anybody."""

from __future__ import annotations

import importlib
import os
from typing import Any


def quiet_onnxruntime() -> Any:
    """Return the module onnxruntime.

    Its Linux packages, too, have come to hold a reporter to Microsoft (seen in 1.32), which has a
    thread of its own and keeps an identifier in the folder of temporary files. The environment
    switches it off, and is read once, at the import: `disable_telemetry_events` comes too late.
    Who has set `ORT_DISABLE_TELEMETRY` already is obeyed. What imports onnxruntime by itself, as
    the package `piper` does, is imported after this.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    return importlib.import_module("onnxruntime")
