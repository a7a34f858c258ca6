"""The manifest beside a model: how it was made, what it hears, and the digest of each file."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from irene.performance.fresh_process import run_isolated
from irene_plugins.tts.espeak_library import shared_library
from vosk_model.measuring import measure
from vosk_model.plan import Plan
from vosk_model.sentences import WORDS

NAME = "manifest.json"
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
    (folder / NAME).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def digests(folder: Path) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of each file of a model."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in paths
    }
