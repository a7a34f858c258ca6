"""`python -m irene.studies.audio_core`: the figures of the audio core, beside other ways."""

from __future__ import annotations

import sys

from irene.performance.benchmark.command import Command, Figure
from irene.studies.audio_core.buffers import (
    append_cost,
    loan_cost,
    read_cost,
    written_loan_cost,
)
from irene.studies.audio_core.clips import clip_cost, throughput
from irene.studies.audio_core.listening import chunk_cost

BLOCK = "audio core"
"""name of the measured block of the page"""
FIGURES: dict[str, Figure] = {
    "chunk": chunk_cost,
    "clip": clip_cost,
    "throughput": throughput,
    "append": append_cost,
    "read": read_cost,
    "loan": loan_cost,
    "written": written_loan_cost,
}
"""by the names that `--only` takes"""
main = Command(
    "irene.studies.audio_core",
    "Measure the audio core beside soxr, numpy and, with --peers, other packages.",
    BLOCK,
    FIGURES,
    has_peers=True,
).run


if __name__ == "__main__":
    sys.exit(main())
