"""openWakeWord as its own package runs it, on every window: what one has who uses it alone.

`python -m irene.studies.listening_cost.package_loop PROGRAM RATE` runs until it is ended; it
writes a line when it begins to listen.
"""

from __future__ import annotations

import importlib
import sys

from irene.studies.listening_cost.recording_program import recorded

_WINDOW_S = 0.08
_WAKE_WORD = "hey_jarvis"


def main() -> None:
    """Listen for one wake word."""
    program, rate = sys.argv[1], int(sys.argv[2])
    package = importlib.import_module("openwakeword")
    model = package.Model(wakeword_model_paths=[package.models[_WAKE_WORD]["model_path"]])
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    for block in recorded(program, rate, _WINDOW_S):
        model.predict(block)


if __name__ == "__main__":
    main()
