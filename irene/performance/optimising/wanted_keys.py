"""Which keys a search is told to turn."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from irene.config.sections import Config
from irene.errors import ConfigurationError
from irene.performance.optimising.goals import Goal
from irene.performance.optimising.knobs import Knob, Turn

_LATER = ("asr.providers.", "inputs.providers.")
"""where keys may begin to matter as the search goes on, with another engine"""


def require_turnable(
    only: Iterable[str], turns: Iterable[tuple[str, Turn]], config: Config, goal: Goal
) -> None:
    """Refuse beginnings of keys of which a search turns none.

    Args:
        only: what keys are to begin with.
        turns: all that a search for the goal may turn.
        config: where it begins.
        goal: told in the refusal.

    Raises:
        ConfigurationError: no key begins so; it names the nearest, or all that are turned.
    """
    knobs = {name: turn(config) for name, turn in turns}
    turned = [knob.key for knob in knobs.values() if isinstance(knob, Knob)]
    keys = {*turned, *(name for name in knobs if " " not in name)}
    for beginning in only:
        if not any(_may_begin(key, beginning) for key in (*keys, *_LATER)):
            near = difflib.get_close_matches(beginning, sorted(keys), n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"turned are {', '.join(turned)}"
            problem = f"no key that begins so is turned for the goal {goal.value}"
            raise ConfigurationError(f"--only {beginning}: {problem}; {hint}")


def _may_begin(key: str, beginning: str) -> bool:
    return key.startswith(beginning) or (key in _LATER and beginning.startswith(key))
