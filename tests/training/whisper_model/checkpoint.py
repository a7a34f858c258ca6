"""The trained network as a checkpoint that openai-whisper loads: every token, half precision."""

from __future__ import annotations

import io
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from whisper.model import Whisper

from whisper_model.network import dimensions
from whisper_model.tokens import N_VOCAB, used_tokens

_EMBEDDING = "decoder.token_embedding.weight"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_checkpoint(network: Whisper, path: Path) -> None:
    """Write a checkpoint of plain dictionaries and tensors, deflated and always the same bytes."""
    content = {"dims": asdict(dimensions()), "model_state_dict": _whole(network)}
    stored = io.BytesIO()
    torch.save(content, stored)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(stored) as plain, zipfile.ZipFile(path, "w") as packed:
        for entry in plain.infolist():
            info = zipfile.ZipInfo(entry.filename, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, plain.read(entry), compresslevel=9)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return dimensions and tensors of a checkpoint, without executing anything in it."""
    return torch.load(path, map_location="cpu", weights_only=True)


def _whole(network: Whisper) -> dict[str, torch.Tensor]:
    """Return the tensors with a row for each of Whisper's tokens, unused ones all alike."""
    tensors = {name: each.detach().half() for name, each in network.state_dict().items()}
    compact = tensors[_EMBEDDING]
    table = compact[-1].repeat(N_VOCAB, 1)
    table[list(used_tokens())] = compact[:-1]
    return tensors | {_EMBEDDING: table}
