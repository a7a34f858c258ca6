"""The least that listening can cost: a loop that reads a recording program and looks at the level.

`python -m irene.studies.listening_cost.bare_loop PROGRAM RATE` runs until it is ended.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np

_BLOCK_S = 0.1


def main() -> None:
    """Read blocks of 100 ms, and take the sum of the squares of each."""
    program, rate = sys.argv[1], int(sys.argv[2])
    command = [program, "--raw", f"--rate={rate}", f"--latency-msec={1000 * _BLOCK_S:.0f}"]
    block = np.empty(round(_BLOCK_S * rate), np.int16)
    steps = np.empty(block.shape, np.float32)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None, "it was asked for"
        while process.stdout.readinto(block.data) == block.nbytes:  # type: ignore[attr-defined]
            steps[...] = block
            steps.dot(steps)


if __name__ == "__main__":
    main()
