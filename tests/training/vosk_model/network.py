"""The acoustic model: a small time-delay network, trained to name the state of every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from vosk_model.alignment import realigned
from vosk_model.corpus import Report, Spoken
from vosk_model.features import N_CEPSTRA
from vosk_model.plan import Plan

LAYERS = ((5, 1), (3, 3), (3, 3), (3, 6))
"""taps and their distance in frames of 10 ms"""
CONTEXT = sum((taps - 1) // 2 * distance for taps, distance in LAYERS)
"""frames that are needed on either side"""
_CHUNK = 120
_BATCH = 32
_LEARNING_RATE = 2e-3
_DROPOUT = 0.1


class Network(nn.Module):
    """Cepstra in, log posteriors of the states out, the context on either side used up."""

    def __init__(self, frames: np.ndarray, hidden: int, n_states: int) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.tensor(frames.mean(axis=0)), requires_grad=False)
        self.scale = nn.Parameter(torch.tensor(1 / frames.std(axis=0)), requires_grad=False)
        self.affine = nn.ModuleList()
        self.norm = nn.ModuleList()
        width = N_CEPSTRA
        for taps, distance in LAYERS:
            self.affine.append(nn.Conv1d(width, hidden, taps, dilation=distance))
            self.norm.append(nn.BatchNorm1d(hidden))
            width = hidden
        self.output = nn.Conv1d(hidden, n_states, 1)
        self.dropout = nn.Dropout(_DROPOUT)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Return scores, shape (batch, states, n), for frames of shape (batch, n + context, 20)."""
        heard = ((frames - self.mean) * self.scale).transpose(1, 2)
        for affine, norm in zip(self.affine, self.norm, strict=True):
            heard = self.dropout(norm(torch.relu(affine(heard))))
        return self.output(heard)


@dataclass
class Trained:
    """A network, and how often it expects each state."""

    network: Network
    aligned: list[np.ndarray]
    """pdf of each frame of each training clip"""

    @property
    def priors(self) -> np.ndarray:
        """Share of each state among the frames, shape (states,)."""
        n_states = self.network.output.out_channels
        counts = np.bincount(np.concatenate(self.aligned), minlength=n_states) + 1.0
        return counts / counts.sum()


def train(
    corpus: Sequence[Spoken], aligned: list[np.ndarray], plan: Plan, report: Report
) -> Trained:
    """Train a network on an alignment that it improves on the way."""
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    n_states = 1 + max(int(states.max()) for states in aligned)
    frames = np.concatenate([one.copies[0] for one in corpus])
    trained = Trained(Network(frames, plan.hidden, n_states), aligned)
    n_steps = sum(map(len, aligned)) // (_CHUNK * _BATCH)
    optimiser = torch.optim.Adam(trained.network.parameters(), lr=_LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(
        optimiser, 1.0, 0.01, total_iters=plan.n_epochs * n_steps
    )
    for epoch in range(1, plan.n_epochs + 1):
        loss = _epoch(trained, corpus, rng, optimiser, schedule)
        report(f"epoch {epoch} of {plan.n_epochs}: loss {loss:.3f}")
        if epoch in plan.realign_after:
            trained.aligned = _aligned_by(trained, corpus)
    trained.network.eval()
    return trained


def _epoch(trained: Trained, corpus: Sequence[Spoken], rng: np.random.Generator,
           optimiser: torch.optim.Optimizer, schedule: torch.optim.lr_scheduler.LRScheduler,
           ) -> float:  # fmt: skip
    """Go through all clips once, each in a room of its own; return the mean loss."""
    trained.network.train()
    order = rng.permutation(len(corpus))
    heard = [corpus[n].copies[rng.integers(len(corpus[n].copies))] for n in order]
    frames = np.concatenate([_with_context(each) for each in heard])
    offsets = np.cumsum([0, *(len(each) + 2 * CONTEXT for each in heard)])
    states = np.full(len(frames), -1, dtype=np.int64)
    for start, n in zip(offsets[:-1], order, strict=True):
        states[start + CONTEXT : start + CONTEXT + len(trained.aligned[n])] = trained.aligned[n]
    starts = np.arange(CONTEXT, len(frames) - CONTEXT - _CHUNK, _CHUNK) + 0
    losses = []
    for batch in np.array_split(rng.permutation(starts), max(1, len(starts) // _BATCH)):
        inputs = frames[batch[:, None] + np.arange(-CONTEXT, _CHUNK + CONTEXT)]
        wanted = states[batch[:, None] + np.arange(_CHUNK)]
        scores = trained.network(torch.from_numpy(inputs))
        loss = nn.functional.cross_entropy(scores, torch.from_numpy(wanted), ignore_index=-1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    return float(np.mean(losses))


def _with_context(frames: np.ndarray) -> np.ndarray:
    """Repeat the first and the last frame, as the engine does."""
    return np.pad(frames, ((CONTEXT, CONTEXT), (0, 0)), mode="edge")


def _aligned_by(trained: Trained, corpus: Sequence[Spoken]) -> list[np.ndarray]:
    trained.network.eval()
    log_priors = np.log(trained.priors)
    aligned = []
    with torch.no_grad():
        for one in corpus:
            frames = torch.from_numpy(_with_context(one.copies[0])[None])
            posteriors = torch.log_softmax(trained.network(frames)[0], dim=0).T.numpy()
            aligned.append(realigned(posteriors - log_priors, one))
    return aligned
