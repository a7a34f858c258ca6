"""`irene config check`: everything that is wrong with a configuration, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config_path
from irene.errors import ConfigurationError

if TYPE_CHECKING:
    from irene.config.sections import Config
    from irene.plugin.registry import ComponentRegistry


@click.command(name="check")
@takes_config_path
def command(chosen: ChosenConfig) -> int:
    """Say everything that is wrong with it.

    One line for each problem: file, line, key, what was found, what would be right. Without a PATH
    the configuration is checked that `irene run` would use. Warnings do not fail the check.

    What the run would refuse is looked for, too: wake words, voices and sounds that are not there,
    conflicts of the audio plan, an input file or a model that is missing. Sentences are compiled,
    and words named that the recogniser can never hear. No recogniser is loaded.
    """
    from irene.config.checking import check_config
    from irene.config.loading import find_config

    label = find_config(chosen.source).label
    registry = chosen.registry()
    problems = check_config(chosen.source, registry=registry, overrides=chosen.overrides)
    for problem in problems:
        click.echo(str(problem))
    if any(problem.level == "error" for problem in problems):
        return ConfigurationError.exit_code
    return _Look(label, chosen.load(registry), registry).run()


class _Look:
    """Looks at a configuration that is sound itself: what it names, and what it understands."""

    def __init__(self, label: str, config: Config, registry: ComponentRegistry) -> None:
        self._label = label
        self._config = config
        self._registry = registry
        self._exit_code = 0

    def run(self) -> int:
        """Print every line; return the exit status of the first error, else 0."""
        self._look_at_parts()
        self._look_at_sentences()
        if self._exit_code == 0:
            click.echo(f"{self._label}: ok")
        return self._exit_code

    def _look_at_parts(self) -> None:
        from irene.pipeline.parts import Parts
        from irene.pipeline.preflight import Preflight

        parts = Parts(self._config, self._registry, lambda event: None)
        preflight = Preflight(parts, self._config, self._registry)
        for finding in (*preflight.findings(), *preflight.missing()):
            self._exit_code = self._exit_code or finding.error.exit_code
            for problem in preflight.problems(finding):
                click.echo(str(problem))
        for problem in preflight.warnings:
            click.echo(str(problem))
        for key, doubt in preflight.doubts():
            click.echo(str(self._config.problem(key, doubt, "warning")))

    def _look_at_sentences(self) -> None:
        from irene.components.assembly import Assembly
        from irene.components.spoken_check import check_spoken

        found = check_spoken(Assembly(self._config, self._registry))
        for error in found.errors:
            click.echo(f"{self._label}: {error}")
        for doubt in found.doubts:
            click.echo(f"{self._label}: warning: {doubt}")
        if found.errors:
            self._exit_code = self._exit_code or ConfigurationError.exit_code
