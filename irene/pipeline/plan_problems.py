"""The conflicts of an audio plan as problems of the configuration: with file and line."""

from __future__ import annotations

from irene.audio.plan import AudioPlan
from irene.config.problems import Problem
from irene.config.sections import Config
from irene.errors import ConfigurationError


def plan_problems(plan: AudioPlan, config: Config) -> list[Problem]:
    """Return a problem for each conflict, those that forbid to start as errors."""
    return [
        config.problem(conflict.key, str(conflict), "error" if conflict.strict else "warning")
        for conflict in plan.conflicts
    ]


def require_followed(plan: AudioPlan, config: Config) -> None:
    """Refuse a plan that strict validation forbids to run on.

    Raises:
        ConfigurationError: it holds every such conflict.
    """
    errors = [problem for problem in plan_problems(plan, config) if problem.level == "error"]
    if errors:
        raise ConfigurationError("\n".join(map(str, errors)), errors)
