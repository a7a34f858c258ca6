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
from vosk_model.network import Plan, train
from vosk_model.topology import Topology

_SEED = 6
_FULL = (6000, Plan(hidden=128, n_epochs=14, realign_after=(2, 5, 9)))
_QUICK = (1000, Plan(hidden=96, n_epochs=8, realign_after=(2, 4)))


def main() -> None:
    """Build the model of a command line."""
    parser = argparse.ArgumentParser(description="Build a small Vosk model from eSpeak NG speech.")
    parser.add_argument("folder", type=Path, help="where the model goes")
    parser.add_argument("--quick", action="store_true", help="two minutes, a third of the accuracy")
    options = parser.parse_args()
    n_clips, plan = _QUICK if options.quick else _FULL
    began = time.monotonic()

    def report(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:6.1f} s  {line}\n")

    topology = Topology.of_words()
    corpus = training_set(n_clips, topology, _SEED)
    report(f"{n_clips} clips, {sum(one.n_frames for one in corpus) / 6000:.0f} minutes")
    aligned = first_alignment(corpus, topology)
    report(f"aligned to {topology.n_states} states")
    trained = train(corpus, aligned, plan, _SEED, report)
    write_model(options.folder, topology, trained)
    report("written; measuring")
    write_manifest(options.folder, n_clips, plan, _SEED, time.monotonic() - began)
    report("done")


if __name__ == "__main__":
    main()
