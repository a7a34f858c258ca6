"""The conflicts of an audio plan as problems of the configuration: with file and line."""

from __future__ import annotations

from typing import Literal

from irene.audio.plan import AudioPlan, Conflict
from irene.config.problems import Problem
from irene.config.sections import Config
from irene.errors import ConfigurationError


def plan_problems(plan: AudioPlan, config: Config) -> list[Problem]:
    """Return a problem for each conflict, those that forbid to start as errors."""
    return [_problem(conflict, config) for conflict in plan.conflicts]


def require_followed(plan: AudioPlan, config: Config) -> None:
    """Refuse a plan that strict validation forbids to run on.

    Raises:
        ConfigurationError: it holds every such conflict.
    """
    errors = [problem for problem in plan_problems(plan, config) if problem.level == "error"]
    if errors:
        raise ConfigurationError("\n".join(map(str, errors)), errors)


def _problem(conflict: Conflict, config: Config) -> Problem:
    origin = config.origin(conflict.key)
    file = origin.place or (config.name if origin.layer == "default" else origin.layer)
    level: Literal["error", "warning"] = "error" if conflict.strict else "warning"
    return Problem(file, origin.line, "", str(conflict), level=level)
