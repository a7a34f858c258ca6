"""The manifest beside a model: how it was made, what it hears, and the digest of each file."""

from __future__ import annotations

import importlib.metadata
import json
from dataclasses import asdict
from pathlib import Path

from irene.performance.measuring.fresh_process import run_isolated
from irene_plugins.tts.espeak_library import shared_library
from synthesis.digests import MANIFEST, digests
from synthesis.voices import HELD_OUT, TRAINED
from whisper_model.measuring import measure
from whisper_model.plan import Plan
from whisper_model.texts import COMMANDS, LANGUAGES

_PACKAGES = ("espeakng-loader", "numpy", "soxr", "torch", "openai-whisper", "tiktoken")
_MEASURED_WITH = ("ctranslate2", "faster-whisper")
_LIMITS = "a few commands in a window of 30 s; much speech that is no command is taken for one"


def write_manifest(folder: Path, checkpoint: Path, plan: Plan, seconds: float) -> None:
    """Measure a model, and write down what it is."""
    content = {
        "name": folder.name,
        "what": "a Whisper model of commands in four languages, for tests",
        "made_by": "make models (tests/training/whisper_model)",
        "limits": _LIMITS,
        "speech": f"eSpeak NG {shared_library().version}, no recordings of people",
        "licence": "Apache-2.0",
        "languages": list(LANGUAGES),
        "commands": {
            language: [text.words for text in COMMANDS if text.language == language]
            for language in LANGUAGES
        },
        "voices": {"trained": list(TRAINED), "never_heard": list(HELD_OUT)},
        "training": asdict(plan) | {"seconds": round(seconds)},
        "packages": {
            name: importlib.metadata.version(name) for name in (*_PACKAGES, *_MEASURED_WITH)
        },
        "figures": run_isolated(measure, checkpoint, plan.n_renderings),
        "files": digests(folder),
    }
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", "utf-8")
