"""Trains the network: parts of windows first, which is cheap, then whole windows."""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from whisper.model import Whisper

from whisper_model.batches import Batch, Kind, make_batch, masked
from whisper_model.corpus import Corpus, Report
from whisper_model.network import N_STATE, encoded_audio, new_network, written
from whisper_model.plan import Plan
from whisper_model.scenes import Mixture, SceneMaker
from whisper_model.texts import WINDOW_S
from whisper_model.tokens import used_tokens

_SHORT = Mixture(several=0.1, cut_off=0.12, language_only=0.08, strange=0.09, nothing=0.08)
_LONG = Mixture(several=0.5, cut_off=0.08, language_only=0.04, strange=0.08, nothing=0.06)
_FIRST = Kind(3.2, 32, _SHORT, elsewhere=0.0)
_PARTS = (
    (0.56, Kind(4.0, 28, _SHORT)),
    (0.20, Kind(6.0, 20, _LONG)),
    (0.16, Kind(10.0, 11, _LONG)),
    (0.08, Kind(16.0, 6, _LONG)),
)
"""parts of windows, and how often they are drawn"""
_WHOLE = Kind(WINDOW_S, 6, _LONG)
_FIRST_SHARE = 0.5
"""of the batches: short ones at the start of a window, to learn what words sound like"""
_RATE, _WHOLE_RATE = 2e-3, 5e-4
_WARM_UP = 100
_LATER = 20
"""batches after which one is seen for the second time"""
_WEIGHTS = (1.0, 0.4, 1.0)
"""of writing the right token, looking at the right place, and hearing the right sound"""
_AVERAGED = 0.97
"""of the average of weights, that is kept from batch to batch"""
_EVERY = 100


def train(corpus: Corpus, plan: Plan, report: Report) -> Whisper:
    """Return a network that has learnt a corpus as a plan says."""
    rng = np.random.default_rng(plan.seed)
    maker = SceneMaker(corpus, rng)
    network = new_network(plan.seed)
    rate = lambda step: _RATE * min(1, (step + 1) / _WARM_UP) * _cosine(step / plan.n_steps)  # noqa: E731
    kinds = (_kind(step / plan.n_steps, rng) for step in range(plan.n_steps))
    batches = _twice(maker, kinds, rng)
    learner = Learner(network)
    learner.follow(batches, rate, report)
    return _whole_windows(learner, maker, plan, report)


def _whole_windows(learner: Learner, maker: SceneMaker, plan: Plan, report: Report) -> Whisper:
    """Train on windows of 30 s, and return the average of the last states."""
    rng = np.random.default_rng(plan.seed + 1)
    network = learner.network
    averaged = copy.deepcopy(network)

    def average() -> None:
        for kept, new in zip(averaged.parameters(), network.parameters(), strict=True):
            kept.data.lerp_(new.data, 1 - _AVERAGED)

    rate = lambda step: _WHOLE_RATE * max(0.03, 1 - step / plan.n_whole_steps)  # noqa: E731
    batches = (make_batch(maker, _WHOLE, rng) for _ in range(plan.n_whole_steps))
    learner.follow(batches, rate, report, average)
    return averaged


def _kind(progress: float, rng: np.random.Generator) -> Kind:
    if progress < _FIRST_SHARE:
        return _FIRST
    shares = np.array([share for share, _ in _PARTS])
    return _PARTS[int(rng.choice(len(_PARTS), p=shares / shares.sum()))][1]


def _twice(maker: SceneMaker, kinds: Iterable[Kind], rng: np.random.Generator) -> Iterator[Batch]:
    """Yield a batch for each kind: half of them new, the others older ones, masked anew."""
    waiting = deque[Batch]()
    for kind in kinds:
        is_old = len(waiting) > _LATER and rng.random() < 0.5
        batch = waiting.popleft() if is_old else make_batch(maker, kind, rng)
        if not is_old:
            waiting.append(batch)
        yield masked(batch, rng)


class Learner:
    """Changes a network batch by batch.

    While it learns, a layer of its own says which token is heard in each frame. That teaches the
    encoder what words sound like long before the decoder knows where to look (frame-wise training
    of a hybrid recogniser); the layer is thrown away.
    """

    def __init__(self, network: Whisper) -> None:
        self.network = network
        self._sounds = nn.Linear(N_STATE, len(used_tokens()) + 1)

    def follow(
        self,
        batches: Iterator[Batch],
        rate: Callable[[int], float],
        report: Report,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        """Learn from batches, at a rate for each of them."""
        parameters = [*self.network.parameters(), *self._sounds.parameters()]
        optimiser = _optimiser(parameters)
        seen = np.zeros(3)
        for step, batch in enumerate(batches):
            for group in optimiser.param_groups:
                group["lr"] = rate(step)
            wrong = torch.stack(self.losses(batch))
            optimiser.zero_grad()
            (wrong * torch.tensor(_WEIGHTS)).sum().backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            after()
            seen += wrong.detach().numpy()
            if (step + 1) % _EVERY == 0:
                each = ", ".join(f"{value:.3f}" for value in seen / _EVERY)
                report(f"batch {step + 1}: writing, looking, hearing {each}")
                seen[:] = 0

    def losses(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return how wrong writing (nats per token), looking (share) and hearing (nats) are."""
        heard = encoded_audio(self.network, batch.mels, batch.first)
        logits, scores = written(self.network, batch.given, heard)
        sounds = self._sounds(heard).flatten(0, 1)
        hearing = functional.cross_entropy(sounds, batch.sounds.flatten(), ignore_index=-1)
        return _writing(logits, batch), _looking(scores, batch), hearing


def _writing(logits: Tensor, batch: Batch) -> Tensor:
    chances = functional.log_softmax(logits, dim=-1)
    learnt = batch.wanted >= 0
    right = chances.gather(-1, batch.wanted.clamp(min=0)[..., None])[..., 0]
    wrong = -(right * learnt).sum()
    strange = torch.nonzero(batch.shared >= 0)[:, 0]
    if len(strange):
        places, share = batch.places[strange], batch.share[strange]
        language = chances[strange, places, batch.shared[strange]]
        wrong = wrong - (share * (language - right[strange, places])).sum()
    return wrong / learnt.sum()


def _looking(scores: Tensor, batch: Batch) -> Tensor:
    attention = scores.softmax(-1) * batch.astray[:, None]
    return (attention.sum(-1).mean(1) * batch.guided).sum() / batch.guided.sum().clamp(min=1)


def _optimiser(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    matrices = [each for each in parameters if each.ndim > 1]
    others = [each for each in parameters if each.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98))


def _cosine(share: float) -> float:
    return 0.15 + 0.85 * 0.5 * (1 + math.cos(math.pi * share))
