"""`python -m whisper_model FOLDER`: speak, train, write, measure."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import torch

from whisper_model.checkpoint import write_checkpoint
from whisper_model.corpus import training_set
from whisper_model.manifest import write_manifest
from whisper_model.plan import FULL, QUICK
from whisper_model.training import train

MODEL = "model.pt"


def main() -> None:
    """Build the model of a command line."""
    parser = argparse.ArgumentParser(
        description="Build a small Whisper model from eSpeak NG speech."
    )
    parser.add_argument("folder", type=Path, help="where the model goes")
    parser.add_argument(
        "--quick", action="store_true", help="half a minute, and no accuracy at all"
    )
    options = parser.parse_args()
    plan = QUICK if options.quick else FULL
    began = time.monotonic()

    def report(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:6.1f} s  {line}\n")

    torch.set_num_threads(1)
    network = train(training_set(plan, report), plan, report)
    write_checkpoint(network, options.folder / MODEL)
    report("written; measuring")
    write_manifest(options.folder, options.folder / MODEL, plan, time.monotonic() - began)
    report("done")


if __name__ == "__main__":
    main()
