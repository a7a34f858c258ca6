"""A Whisper checkpoint as a folder that CTranslate2 and faster-whisper load."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ctranslate2.specs import WhisperSpec
from tokenizers import AddedToken, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as FastTokenizer

from whisper_model.checkpoint import read_checkpoint
from whisper_model.tokens import tokenizer

Tensors = dict[str, torch.Tensor]


def convert(checkpoint: Path, folder: Path, compute_type: str = "float16") -> None:
    """Write `model.bin`, `config.json`, `vocabulary.json` and `tokenizer.json` into a folder."""
    content = read_checkpoint(checkpoint)
    spec = model_spec(content)
    spec.validate()
    spec.optimize(quantization=compute_type)
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    fast_tokenizer().save(str(folder / "tokenizer.json"), pretty=False)


def converted(checkpoint: Path, folder: Path) -> Path:
    """Return a folder with the converted checkpoint, which another process may be writing, too."""
    if not folder.is_dir():
        own = Path(tempfile.mkdtemp(dir=folder.parent, prefix=folder.name))
        convert(checkpoint, own)
        with suppress(OSError):  # another process was first: its folder is the same
            own.rename(folder)
    return folder


def model_spec(content: dict[str, Any]) -> WhisperSpec:
    """Return what CTranslate2 knows of a model, filled with the tensors of a checkpoint."""
    dims, tensors = content["dims"], content["model_state_dict"]
    layers, heads = dims["n_text_layer"], dims["n_text_head"]
    spec = WhisperSpec(dims["n_audio_layer"], dims["n_audio_head"], layers, heads)
    _fill_encoder(spec.encoder, _below(tensors, "encoder"))
    _fill_decoder(spec.decoder, _below(tensors, "decoder"))
    known = tokenizer()
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [known.encode(" ")[0], known.eot]
    spec.config.lang_ids = list(known.all_language_tokens)
    spec.config.alignment_heads = list(product(range(layers // 2, layers), range(heads)))
    spec.register_vocabulary(_vocabulary(dims["n_vocab"]))
    return spec


def _below(tensors: Tensors, name: str) -> Tensors:
    return {
        key.removeprefix(f"{name}."): each
        for key, each in tensors.items()
        if key.startswith(f"{name}.")
    }


def _fill_encoder(spec: Any, tensors: Tensors) -> None:
    for name in ("conv1", "conv2"):
        _fill(getattr(spec, name), _below(tensors, name))
    spec.position_encodings.encodings = _array(tensors["positional_embedding"])
    _fill_norm(spec.layer_norm, _below(tensors, "ln_post"))
    for number, layer in enumerate(spec.layer):
        _fill_block(layer, _below(tensors, f"blocks.{number}"))


def _fill_decoder(spec: Any, tensors: Tensors) -> None:
    table = _array(tensors["token_embedding.weight"])
    spec.embeddings.weight = table
    spec.projection.weight = table
    spec.position_encodings.encodings = _array(tensors["positional_embedding"])
    _fill_norm(spec.layer_norm, _below(tensors, "ln"))
    for number, layer in enumerate(spec.layer):
        block = _below(tensors, f"blocks.{number}")
        _fill_block(layer, block)
        _fill_norm(layer.attention.layer_norm, _below(block, "cross_attn_ln"))
        cross = _below(block, "cross_attn")
        _fill(layer.attention.linear[0], _below(cross, "query"))
        _fill_stacked(layer.attention.linear[1], cross, ("key", "value"))
        _fill(layer.attention.linear[2], _below(cross, "out"))


def _fill_block(spec: Any, tensors: Tensors) -> None:
    """Fill what layers of encoder and decoder have in common."""
    attention = _below(tensors, "attn")
    _fill_norm(spec.self_attention.layer_norm, _below(tensors, "attn_ln"))
    _fill_stacked(spec.self_attention.linear[0], attention, ("query", "key", "value"))
    _fill(spec.self_attention.linear[1], _below(attention, "out"))
    _fill_norm(spec.ffn.layer_norm, _below(tensors, "mlp_ln"))
    _fill(spec.ffn.linear_0, _below(tensors, "mlp.0"))
    _fill(spec.ffn.linear_1, _below(tensors, "mlp.2"))


def _fill(spec: Any, tensors: Tensors) -> None:
    spec.weight, spec.bias = _array(tensors["weight"]), _array(tensors["bias"])


def _fill_norm(spec: Any, tensors: Tensors) -> None:
    spec.gamma, spec.beta = _array(tensors["weight"]), _array(tensors["bias"])


def _fill_stacked(spec: Any, tensors: Tensors, names: tuple[str, ...]) -> None:
    """Fill one matrix with several; Whisper's keys have no bias, so theirs is zero."""
    weights = [_array(tensors[f"{name}.weight"]) for name in names]
    spec.weight = np.concatenate(weights)
    spec.bias = np.concatenate(
        [
            _array(tensors[f"{name}.bias"])
            if f"{name}.bias" in tensors
            else np.zeros(len(weight), np.float32)
            for name, weight in zip(names, weights, strict=True)
        ]
    )


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.float().numpy()


def _vocabulary(n_tokens: int) -> list[str]:
    """Return the tokens in the order of their numbers, as `tokenizer.json` writes them.

    The one that stands for nothing is empty, as in published models: CTranslate2 takes a model
    without it for one of English only.
    """
    fast = fast_tokenizer()
    return [fast.id_to_token(number) or "" for number in range(n_tokens)]


def fast_tokenizer() -> FastTokenizer:
    """Return Whisper's tokenizer in the form that faster-whisper reads.

    Byte-pair merges are found from the ranks: a token's parts are what it falls into when only
    tokens of lower ranks may be merged.
    """
    ranks: dict[bytes, int] = tokenizer().encoding._mergeable_ranks
    letters = _letters()
    vocabulary = {_spelt(token, letters): rank for token, rank in ranks.items()}
    merges = [
        (_spelt(left, letters), _spelt(right, letters))
        for token, rank in sorted(ranks.items(), key=lambda item: item[1])
        if len(token) > 1
        for left, right in [_parts(token, ranks, rank)]
    ]
    fast = FastTokenizer(models.BPE(vocabulary, merges))
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast.decoder = decoders.ByteLevel()
    special = sorted(tokenizer().special_tokens.items(), key=lambda item: item[1])
    # times are no special tokens there: a text with them must keep them
    fast.add_special_tokens(
        [AddedToken(name, special=True) for name, number in special if not _is_time(number)]
    )
    fast.add_tokens(
        [
            AddedToken(name, special=False, normalized=False)
            for name, number in special
            if _is_time(number)
        ]
    )
    return fast


def _is_time(number: int) -> bool:
    return number >= tokenizer().timestamp_begin


def _parts(token: bytes, ranks: dict[bytes, int], rank: int) -> tuple[bytes, bytes]:
    """Return the two tokens that this one is merged from."""
    parts = [token[place : place + 1] for place in range(len(token))]
    while len(parts) > 2:
        pairs = [ranks.get(a + b, rank) for a, b in pairwise(parts)]
        place = pairs.index(min(pairs))
        parts[place : place + 2] = [parts[place] + parts[place + 1]]
    return parts[0], parts[1]


def _letters() -> dict[int, str]:
    """Return a visible letter for each byte: its own, or one from 256 upwards."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {byte: chr(byte) for byte in visible} | {
        byte: chr(256 + place) for place, byte in enumerate(hidden)
    }


def _spelt(token: bytes, letters: dict[int, str]) -> str:
    return "".join(letters[byte] for byte in token)
