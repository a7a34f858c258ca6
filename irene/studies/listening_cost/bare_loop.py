"""The least that listening can cost: a loop that reads a recording program and looks at the level.

`python -m irene.studies.listening_cost.bare_loop PROGRAM RATE` runs until it is ended; it
writes a line when it begins to listen.
"""

from __future__ import annotations

import sys

import numpy as np

from irene.studies.listening_cost.recording_program import recorded

_BLOCK_S = 0.1


def main() -> None:
    """Take the sum of the squares of each block."""
    program, rate = sys.argv[1], int(sys.argv[2])
    steps = np.empty(round(_BLOCK_S * rate), np.float32)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    for block in recorded(program, rate, _BLOCK_S):
        steps[...] = block
        steps.dot(steps)


if __name__ == "__main__":
    main()
