"""Batches of scenes as tensors: log-mel frames, rows of tokens, and where each is heard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from torch import Tensor
from whisper.audio import HOP_LENGTH, N_FFT, mel_filters

from synthesis.voices import RATE
from whisper_model.scenes import Mixture, Scene, SceneMaker
from whisper_model.targets import Target, target_of
from whisper_model.texts import WINDOW_S
from whisper_model.tokens import row_of, used_tokens

FRAMES_PER_S = 50
"""frames of the encoder"""
_MASKED = 0.6
_PROMPTED = 0.1
_HEARD_WIDTH_S = 0.15
"""how far from its sound a token may look without being blamed for much"""


@dataclass(frozen=True)
class Kind:
    """How a batch is drawn."""

    window_s: float
    size: int
    """scenes"""
    mixture: Mixture
    elsewhere: float = 0.4
    """share of the scenes that do not begin with their window"""


@dataclass(frozen=True)
class Batch:
    """What one step learns from."""

    mels: Tensor
    """shape (batch, 80, frames of 10 ms)"""
    first: Tensor
    """place of each part in its window, frames of 20 ms, shape (batch,)"""
    given: Tensor
    """rows, shape (batch, tokens)"""
    wanted: Tensor
    """rows, -1 where nothing is learnt, shape (batch, tokens)"""
    astray: Tensor
    """0 where a token's sound is, towards 1 elsewhere; shape (batch, tokens, frames of 20 ms)"""
    guided: Tensor
    """whether a token has a sound, shape (batch, tokens)"""
    shared: Tensor
    """rows of languages that share with "no speech", -1 for none, shape (batch,)"""
    share: Tensor
    """how much they have, shape (batch,)"""
    places: Tensor
    """where the language is wanted, shape (batch,)"""
    sounds: Tensor
    """row of the token that is heard, the last one for none, -1 where that is not known; shape
    (batch, frames of 20 ms)"""


def make_batch(maker: SceneMaker, kind: Kind, rng: np.random.Generator) -> Batch:
    """Draw scenes, and return them as tensors."""
    size, window_s, mixture = kind.size, kind.window_s, kind.mixture
    scenes = [maker.scene(window_s, mixture) for _ in range(size)]
    room = round((WINDOW_S - window_s) * FRAMES_PER_S)
    first = np.where(rng.random(size) < kind.elsewhere, rng.integers(0, room + 1, size), 0)
    prompted = rng.random() < _PROMPTED
    targets = [
        target_of(scene, place / FRAMES_PER_S, prompted, rng)
        for scene, place in zip(scenes, first.tolist(), strict=True)
    ]
    mels = log_mels(scenes, window_s)
    n_tokens = max(len(target.given) for target in targets)
    given, wanted = np.zeros((size, n_tokens), np.int64), np.full((size, n_tokens), -1)
    heard = np.full((size, n_tokens, 2), np.nan, np.float32)
    for number, target in enumerate(targets):
        length = len(target.given)
        given[number, :length] = [row_of(token) for token in target.given]
        wanted[number, :length] = [row_of(token) if token >= 0 else -1 for token in target.wanted]
        heard[number, :length] = [times or (np.nan, np.nan) for times in target.heard_s]
    times = (first[:, None] + np.arange(round(window_s * FRAMES_PER_S))) / FRAMES_PER_S
    return Batch(
        mels,
        torch.from_numpy(first),
        torch.from_numpy(given),
        torch.from_numpy(wanted),
        torch.from_numpy(_astray(heard, times.astype(np.float32))),
        torch.from_numpy(~np.isnan(heard[..., 0])),
        *_shared(targets),
        torch.from_numpy(_sounds(scenes, targets, first, round(window_s * FRAMES_PER_S))),
    )


def _shared(targets: list[Target]) -> tuple[Tensor, Tensor, Tensor]:
    rows = [row_of(target.language) if target.language >= 0 else -1 for target in targets]
    shares = torch.tensor([target.language_share for target in targets])
    places = torch.tensor([target.language_place for target in targets])
    return torch.tensor(rows), shares, places


def _astray(heard: np.ndarray, times: np.ndarray) -> np.ndarray:
    starts, ends = np.nan_to_num(heard)[:, :, None, :].transpose(3, 0, 1, 2)
    distance = np.maximum(starts - times[:, None], times[:, None] - ends).clip(0)
    return 1 - np.exp(-0.5 * np.square(distance / _HEARD_WIDTH_S))


def _sounds(
    scenes: list[Scene], targets: list[Target], first: np.ndarray, n_frames: int
) -> np.ndarray:
    """Return which token is heard in each frame."""
    sounds = np.full((len(scenes), n_frames), len(used_tokens()))
    for row, scene, target, place in zip(sounds, scenes, targets, first.tolist(), strict=True):
        for token, times in zip(target.wanted, target.heard_s, strict=True):
            if times is not None and times[1] > times[0]:
                start, end = (round(each * FRAMES_PER_S) - place for each in times)
                row[start:end] = row_of(token)
        if scene.is_strange or scene.only_language:
            row[:] = -1
        if scene.unknown_from_s is not None:
            row[round(scene.unknown_from_s * FRAMES_PER_S) :] = -1
    return sounds


@cache
def _mel_table() -> Tensor:
    return mel_filters(torch.device("cpu"), 80)


def log_mels(scenes: list[Scene], window_s: float) -> Tensor:
    """Return frames as Whisper's front end makes them, each scene on its own, padded its way.

    Whisper transcribes frames of the audio followed by zeros, and identifies the language in frames
    of the audio followed by silence.
    """
    n_samples = round(window_s * RATE)
    padded = np.zeros((len(scenes), n_samples), np.float32)
    for row, scene in zip(padded, scenes, strict=True):
        row[: len(scene.samples)] = scene.samples
    spectrum = torch.stft(
        torch.from_numpy(padded),
        N_FFT,
        HOP_LENGTH,
        window=torch.hann_window(N_FFT),
        return_complex=True,
    )
    mels = (_mel_table() @ spectrum[..., :-1].abs().square()).clamp(min=1e-10).log10()
    mels = (torch.maximum(mels, mels.amax((1, 2), keepdim=True) - 8.0) + 4.0) / 4.0
    for frames, scene in zip(mels, scenes, strict=True):
        if not scene.is_silent_after:
            frames[:, -(-len(scene.samples) // HOP_LENGTH) :] = 0.0
    return mels


def masked(batch: Batch, rng: np.random.Generator) -> Batch:
    """Return a batch with up to two bands and a moment of most scenes made blank.

    Park et al., SpecAugment (2019), without the time warp.
    """
    mels = batch.mels.clone()
    for frames in mels:
        if rng.random() > _MASKED:
            continue
        mean = frames.mean()
        for _ in range(2):
            low, width = int(rng.integers(0, 72)), int(rng.integers(0, 9))
            frames[low : low + width] = mean
        start, width = int(rng.integers(0, frames.shape[1])), int(rng.integers(0, 9))
        frames[:, start : start + width] = mean
    return replace(batch, mels=mels)
