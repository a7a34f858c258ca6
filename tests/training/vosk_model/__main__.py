"""`python -m vosk_model FOLDER`: speak, align, train, write, measure."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from vosk_model.alignment import first_alignment
from vosk_model.corpus import training_set
from vosk_model.manifest import write_manifest
from vosk_model.model_folder import write_model
from vosk_model.network import train
from vosk_model.plan import FULL, QUICK
from vosk_model.topology import Topology


def main() -> None:
    """Build the model of a command line."""
    parser = argparse.ArgumentParser(description="Build a small Vosk model from eSpeak NG speech.")
    parser.add_argument("folder", type=Path, help="where the model goes")
    parser.add_argument("--quick", action="store_true", help="two minutes, a third of the accuracy")
    options = parser.parse_args()
    plan = QUICK if options.quick else FULL
    began = time.monotonic()

    def report(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:6.1f} s  {line}\n")

    topology = Topology.of_words()
    corpus = training_set(plan.n_clips, topology, plan.seed)
    report(f"{plan.n_clips} clips, {sum(one.n_frames for one in corpus) / 6000:.0f} minutes")
    aligned = first_alignment(corpus, topology)
    report(f"aligned to {topology.n_states} states")
    trained = train(corpus, aligned, plan, report)
    write_model(options.folder, topology, trained)
    report("written; measuring")
    write_manifest(options.folder, plan, time.monotonic() - began)
    report("done")


if __name__ == "__main__":
    main()
