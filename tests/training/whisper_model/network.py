"""The network: Whisper's own modules, small, with a table of only those tokens that it writes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional
from whisper.model import ModelDimensions, Whisper, sinusoids

from whisper_model.tokens import N_VOCAB, used_tokens

N_STATE, N_HEADS, N_LAYERS = 64, 2, 2
N_TEXT_CTX = 448
"""tokens of prompt and text, as in every published model"""


def dimensions(n_vocab: int = N_VOCAB) -> ModelDimensions:
    """Return the shape of the model; the one in training has fewer tokens."""
    shape = (N_STATE, N_HEADS, N_LAYERS)
    return ModelDimensions(80, 1500, *shape, n_vocab, N_TEXT_CTX, *shape)


def new_network(seed: int) -> Whisper:
    """Return a network with a row for every used token and one for all others together."""
    torch.manual_seed(seed)
    network = Whisper(dimensions(len(used_tokens()) + 1))
    nn.init.normal_(network.decoder.token_embedding.weight, std=0.05)
    with torch.no_grad():
        # what is heard starts as loud as the positions that are added to it: it would take
        # thousands of batches to grow to that
        network.encoder.conv1.weight.mul_(2.5)
        network.encoder.conv2.weight.mul_(6.0)
        # near positions start alike, so that rarely trained ones are not strangers
        network.decoder.positional_embedding.copy_(0.05 * sinusoids(N_TEXT_CTX, N_STATE))
    return network


def encoded_audio(network: Whisper, mels: Tensor, first: Tensor) -> Tensor:
    """Return what the encoder makes of parts of windows, shape (batch, frames / 2, state).

    Args:
        network: the network.
        mels: log-mel frames of 10 ms, shape (batch, 80, frames); the frames even in number.
        first: position of each part in its window, in frames of 20 ms, shape (batch,).
    """
    encoder = network.encoder
    heard = functional.gelu(encoder.conv2(functional.gelu(encoder.conv1(mels)))).permute(0, 2, 1)
    places = first[:, None] + torch.arange(heard.shape[1])
    heard = heard + encoder.positional_embedding[places]
    for block in encoder.blocks:
        heard = block(heard)
    return encoder.ln_post(heard)


def written(network: Whisper, rows: Tensor, heard: Tensor) -> tuple[Tensor, Tensor]:
    """Return logits over rows, and the attention of the last layer to the audio before its softmax.

    The shared row counts as often as there are tokens that share it, so a softmax over the compact
    table equals one over Whisper's whole vocabulary.

    Returns:
        logits of shape (batch, tokens, rows), scores of shape (batch, heads, tokens, frames).
    """
    decoder = network.decoder
    state = decoder.token_embedding(rows) + decoder.positional_embedding[: rows.shape[1]]
    for block in decoder.blocks[:-1]:
        state = block(state, heard, mask=decoder.mask)
    state, scores = _observed(decoder.blocks[-1], state, heard, decoder.mask)
    logits = decoder.ln(state) @ decoder.token_embedding.weight.T
    logits[..., -1] += math.log(N_VOCAB - len(used_tokens()))
    return logits, scores


def _observed(block: nn.Module, state: Tensor, heard: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
    """Run a block as Whisper does, and also return its cross-attention's scores."""
    state = state + block.attn(block.attn_ln(state), mask=mask)[0]
    cross, asked = block.cross_attn, block.cross_attn_ln(state)
    queries, keys, values = (
        part.view(*part.shape[:2], N_HEADS, -1).transpose(1, 2)
        for part in (cross.query(asked), cross.key(heard), cross.value(heard))
    )
    scores = queries @ keys.transpose(-1, -2) * (N_STATE // N_HEADS) ** -0.5
    found = (scores.softmax(-1) @ values).transpose(1, 2).flatten(2)
    state = state + cross.out(found)
    return state + block.mlp(block.mlp_ln(state)), scores
