"""Trains the network: parts of windows first, which is cheap, then whole windows."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from whisper.model import Whisper

from whisper_model.batches import Batch, make_batch
from whisper_model.corpus import Corpus, Report
from whisper_model.network import encoded_audio, new_network, written
from whisper_model.plan import Plan
from whisper_model.scenes import Mixture, SceneMaker
from whisper_model.tokens import WINDOW_S

_WINDOWS = ((0.56, 4.0, 32), (0.18, 6.0, 22), (0.16, 10.0, 12), (0.10, 16.0, 7))
"""share, seconds and scenes of the batches of parts of windows"""
_WHOLE_SIZE = 8
_SHORT = Mixture(several=0.1, cut_off=0.12, language_only=0.08, strange=0.09, nothing=0.08)
_LONG = Mixture(several=0.5, cut_off=0.08, language_only=0.04, strange=0.08, nothing=0.06)
_RATE, _WHOLE_RATE = 2e-3, 5e-4
_WARM_UP = 200
_LOOKING = 0.3
"""weight of looking at the right place against writing the right token"""
_AVERAGED = 0.97
"""of the average of weights, that is kept from batch to batch"""
_EVERY = 100


def train(corpus: Corpus, plan: Plan, report: Report) -> Whisper:
    """Return a network that has learnt a corpus as a plan says."""
    rng = np.random.default_rng(plan.seed)
    maker = SceneMaker(corpus, rng)
    network = new_network(plan.seed)
    rate = lambda step: _RATE * min(1, (step + 1) / _WARM_UP) * _cosine(step / plan.n_steps)  # noqa: E731
    batches = (_part_of_window(maker, rng) for _ in range(plan.n_steps))
    _learn(network, batches, rate, report)
    return _whole_windows(network, maker, plan, report)


def _whole_windows(network: Whisper, maker: SceneMaker, plan: Plan, report: Report) -> Whisper:
    """Train on windows of 30 s, and return the average of the last states."""
    rng = np.random.default_rng(plan.seed + 1)
    averaged = copy.deepcopy(network)

    def average() -> None:
        for kept, new in zip(averaged.parameters(), network.parameters(), strict=True):
            kept.data.lerp_(new.data, 1 - _AVERAGED)

    rate = lambda step: _WHOLE_RATE * max(0.03, 1 - step / plan.n_whole_steps)  # noqa: E731
    batches = (
        make_batch(maker, _WHOLE_SIZE, WINDOW_S, _LONG, rng) for _ in range(plan.n_whole_steps)
    )
    _learn(network, batches, rate, report, average)
    return averaged


def _part_of_window(maker: SceneMaker, rng: np.random.Generator) -> Batch:
    shares = np.array([share for share, _, _ in _WINDOWS])
    _, window_s, size = _WINDOWS[int(rng.choice(len(_WINDOWS), p=shares / shares.sum()))]
    return make_batch(maker, size, window_s, _SHORT if window_s <= 4 else _LONG, rng)


def _learn(
    network: Whisper,
    batches: Iterator[Batch],
    rate: Callable[[int], float],
    report: Report,
    after: Callable[[], None] = lambda: None,
) -> None:
    optimiser = _optimiser(network)
    seen = np.zeros(2)
    for step, batch in enumerate(batches):
        for group in optimiser.param_groups:
            group["lr"] = rate(step)
        wrong, astray = losses(network, batch)
        optimiser.zero_grad()
        (wrong + _LOOKING * astray).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        after()
        seen += (float(wrong.detach()), float(astray.detach()))
        if (step + 1) % _EVERY == 0:
            writing, looking = (seen / _EVERY).tolist()
            report(f"batch {step + 1}: writing {writing:.3f}, looking {looking:.3f}")
            seen[:] = 0


def losses(network: Whisper, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return how wrong what is written is (nats per token), and how much is looked at elsewhere."""
    heard = encoded_audio(network, batch.mels, batch.first)
    logits, scores = written(network, batch.given, heard)
    chances = functional.log_softmax(logits, dim=-1)
    learnt = batch.wanted >= 0
    right = chances.gather(-1, batch.wanted.clamp(min=0)[..., None])[..., 0]
    writing = -(right * learnt).sum()
    strange = torch.nonzero(batch.shared >= 0)[:, 0]
    if len(strange):
        places, share = batch.places[strange], batch.share[strange]
        language = chances[strange, places, batch.shared[strange]]
        writing = writing - (share * (language - right[strange, places])).sum()
    attention = scores.softmax(-1) * batch.astray[:, None]
    looking = (attention.sum(-1).mean(1) * batch.guided).sum() / batch.guided.sum().clamp(min=1)
    return writing / learnt.sum(), looking


def _optimiser(network: Whisper) -> torch.optim.Optimizer:
    matrices = [each for each in network.parameters() if each.ndim > 1]
    others = [each for each in network.parameters() if each.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98))


def _cosine(share: float) -> float:
    return 0.15 + 0.85 * 0.5 * (1 + math.cos(math.pi * share))
