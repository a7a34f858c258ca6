"""The folder of a Whisper model for CTranslate2: what is in it, and what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from irene import Kind, find_model, install_hint
from irene_plugins.asr.whisper.checkpoint import with_aliases
from irene_plugins.asr.whisper.faster.weights import NoWeightsError, Weights, read_weights

_NEEDED = ("model.bin", "config.json", "tokenizer.json")
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_PLAIN_CONTEXT = 448
"""tokens that every published model has room for"""


@dataclass(frozen=True)
class ModelFolder:
    """A folder with a converted model; nothing is loaded."""

    path: Path
    """where it is"""

    def missing(self) -> str:
        """Return the name of the first file that is needed and not there; empty: all are there.

        Without `tokenizer.json` the engine would ask the network for it.
        """
        for name in _NEEDED:
            if not (self.path / name).is_file():
                return name
        if any((self.path / name).is_file() for name in _VOCABULARIES):
            return ""
        return _VOCABULARIES[0]

    def fault(self) -> str:
        """Return what is wrong with the files; empty when nothing is, as far as can be seen."""
        if missing := self.missing():
            return f"no {missing}"
        try:
            _ = self.weights
            for name in ("config.json", "tokenizer.json"):
                json.loads((self.path / name).read_text(encoding="utf-8"))
        except NoWeightsError as error:
            return str(error)
        except OSError as error:
            return f"cannot be read: {error.strerror or error}"
        except ValueError:
            return f"{name} is no JSON"
        return ""

    @cached_property
    def weights(self) -> Weights:
        """The table of the tensors."""
        return read_weights(self.path / "model.bin")

    @property
    def n_text_ctx(self) -> int:
        """Most tokens of a prompt and a text together."""
        return self.weights.n_text_ctx or _PLAIN_CONTEXT


def find_folder(model: str) -> ModelFolder | None:
    """Return the folder of a model given by path or name, or None; nothing is downloaded."""
    for name in with_aliases(model):
        path = find_model("faster-whisper", name)
        if path is not None and path.is_dir():
            return ModelFolder(path)
    return None


def cure(model: str, kind: Kind = Kind.ASR) -> str:
    """Return what makes a missing model available to a slot."""
    own = f"set {kind}.providers.faster-whisper.model to the path of a folder with a converted "
    own += "model, or to a name that `irene models list --kind faster-whisper` shows"
    return install_hint("faster-whisper", with_aliases(model)[-1], own)
