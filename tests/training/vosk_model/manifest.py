"""The manifest beside a model: how it was made, what it hears, and the digest of each file."""

from __future__ import annotations

import importlib.metadata
import json
from dataclasses import asdict
from pathlib import Path

from irene.performance.measuring.fresh_process import run_isolated
from irene_plugins.tts.espeak_library import shared_library
from synthesis.digests import MANIFEST, digests
from vosk_model.measuring import measure
from vosk_model.plan import Plan
from vosk_model.sentences import WORDS

_PACKAGES = ("espeakng-loader", "numpy", "soxr", "torch", "vosk")


def write_manifest(folder: Path, plan: Plan, seconds: float) -> None:
    """Measure a model, and write down what it is."""
    content = {
        "name": folder.name,
        "what": "a Vosk (Kaldi nnet3) model of English commands, for tests",
        "made_by": "make models (tests/training/vosk_model)",
        "speech": f"eSpeak NG {shared_library().version}, no recordings of people",
        "licence": "Apache-2.0",
        "language": "en",
        "words": list(WORDS),
        "training": asdict(plan) | {"seconds": round(seconds)},
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
        "figures": run_isolated(measure, folder),
        "files": digests(folder),
    }
    (folder / MANIFEST).write_text(
        json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
