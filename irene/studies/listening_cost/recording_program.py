"""Reading a recording program as a loop does that is nothing but a loop."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from typing import cast

import numpy as np

from irene.domain.audio import Samples


def recorded(program: str, rate: int, block_s: float) -> Iterator[Samples]:
    """Yield what a program records, int16 mono of `rate` Hz, in blocks of so many seconds.

    A block is valid until the next one.
    """
    command = [program, "--raw", f"--rate={rate}", f"--latency-msec={1000 * block_s:.0f}"]
    block = np.empty(round(block_s * rate), np.int16)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None, "it was asked for"
        recording = cast("io.BufferedReader", process.stdout)
        while recording.readinto(block.data) == block.nbytes:
            yield block
