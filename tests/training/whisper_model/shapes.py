"""`python -m whisper_model.shapes tiny FOLDER`: a model as large as a published one, untrained.

It writes nonsense, but what a window costs depends on the shape of a model, not on its weights.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

import torch
from whisper.model import ModelDimensions, Whisper, sinusoids

from whisper_model.conversion import convert
from whisper_model.tokens import N_VOCAB

SHAPES = {"tiny": (384, 6, 4), "base": (512, 8, 6), "small": (768, 12, 12)}
"""width, heads and layers of published models (Radford et al. 2022, table 1)"""
_N_TEXT_CTX = 448


def write_shape(name: str, folder: Path) -> tuple[Path, Path]:
    """Write random weights for both engines; return the checkpoint and the converted folder."""
    shape = SHAPES[name]
    dims = ModelDimensions(80, 1500, *shape, N_VOCAB, _N_TEXT_CTX, *shape)
    torch.manual_seed(0)
    network = Whisper(dims)
    with torch.no_grad():
        network.decoder.positional_embedding.copy_(0.05 * sinusoids(_N_TEXT_CTX, shape[0]))
    tensors = {key: each.half() for key, each in network.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, converted = folder / f"{name}.pt", folder / name
    torch.save({"dims": asdict(dims), "model_state_dict": tensors}, checkpoint)
    convert(checkpoint, converted)
    return checkpoint, converted


def main() -> None:
    """Write the model of a command line."""
    parser = argparse.ArgumentParser(description="Write an untrained Whisper model.")
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    write_shape(options.shape, options.folder)


if __name__ == "__main__":
    main()
