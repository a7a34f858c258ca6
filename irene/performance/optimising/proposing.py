"""Proposals for a program that wants some now and then: searched, kept and told, never written."""

from __future__ import annotations

from collections.abc import Iterator

from irene.config.sections import Config
from irene.domain.clock import Clock, SystemClock
from irene.errors import ConfigurationError
from irene.performance.optimising.goals import Goal
from irene.performance.optimising.outcome import Outcome
from irene.performance.optimising.report import to_row
from irene.performance.optimising.request import Request
from irene.performance.optimising.rounds import Budget
from irene.performance.optimising.search import optimise
from irene.performance.optimising.trial_process import RunTrial
from irene.performance.store.optimisations import keep
from irene.performance.store.place import store_path


def propose(
    config: Config,
    *,
    goal: Goal = Goal.LATENCY,
    minutes: float = 5.0,
    run: RunTrial | None = None,
    clock: Clock | None = None,
) -> Outcome:
    """Search a better configuration than a running assistant's; blocks for that many minutes.

    Trials are processes of their own: neither the microphone nor the assistant is touched. What was
    found is kept where the assistant's measurements are, unless the search was interrupted.

    Args:
        config: what the assistant runs with.
        goal: what is to become better.
        minutes: longest time for it.
        run: runs a trial; None: each in a process of its own.
        clock: what the budget is measured by.

    Raises:
        ConfigurationError: the configuration has no file, so that no process could read it.
        ProviderFailedError: it does not work with irene's own recording.
    """
    if config.path is None:
        raise ConfigurationError("a configuration without a file cannot be optimised: write one")
    told = clock or SystemClock()
    request = Request(str(config.path), goal=goal, budget=Budget(minutes))
    outcome = optimise(request, run=run, clock=told)
    if config.performance.store and not outcome.is_interrupted:
        keep(store_path(config), to_row(outcome, config.name, told.now().timestamp()))
    return outcome


def recommendations(outcome: Outcome) -> Iterator[str]:
    """Yield each proven change in one line, with what it is worth."""
    proofs = outcome.confirmation.proofs if outcome.confirmation else ()
    for proof in proofs:
        worth = ", ".join(f"{metric} {proof.evidence[metric]}" for metric in proof.decided)
        yield f"{proof.change} would be better: {worth}"
