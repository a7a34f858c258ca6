"""The options `--config` and `--set`, and the configuration that they choose."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from irene.errors import ConfigurationError

if TYPE_CHECKING:
    from irene.config.sections import Config
    from irene.plugin.registry import ComponentRegistry

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class ChosenConfig:
    """The configuration that a command line asks for, not read yet."""

    source: str | None = None
    """path or name of a profile; None looks in the usual places"""
    overrides: tuple[str, ...] = ()
    """`SECTION.KEY=VALUE`, later ones win"""
    options: Mapping[str, str] = field(default_factory=dict)
    """command-line option that set a key in place of `--set`, by key"""

    def preceded_by(self, *overrides: str, option: str = "--set") -> ChosenConfig:
        """Return the choice with overrides that a later `--set` may still override.

        Args:
            overrides: `SECTION.KEY=VALUE`.
            option: command-line option that says the same; problems are told of it.
        """
        later = {_key(override) for override in self.overrides} - self.options.keys()
        named = {key: option for key in map(_key, overrides) if key not in later}
        return ChosenConfig(self.source, (*overrides, *self.overrides), {**named, **self.options})

    def registry(self) -> ComponentRegistry:
        """Return the providers of every plugin that the configuration asks for.

        They are looked for once: all parts of a command mean the same plugins.

        Raises:
            ConfigurationError: the source cannot be found or read.
        """
        return self._registry

    @functools.cached_property
    def _registry(self) -> ComponentRegistry:
        from irene.config.loading import registry_for

        return registry_for(self.source, overrides=self.overrides)

    def load(self, registry: ComponentRegistry) -> Config:
        """Read and check the configuration.

        Raises:
            ConfigurationError: something is wrong; it carries every problem.
        """
        from irene.config.loading import load_config

        try:
            return load_config(self.source, registry=registry, overrides=self.overrides)
        except ConfigurationError as error:
            problems = [self._as_given(problem) for problem in error.problems]
            raise ConfigurationError("\n".join(map(str, problems)), problems) from error

    def _as_given(self, problem: object) -> object:
        """Return a problem with a key under the name of the option that set the key."""
        from irene.config.problems import Problem

        if isinstance(problem, Problem) and problem.file == "--set":
            option = self.options.get(problem.key, problem.file)
            return problem if option == problem.file else replace(problem, file=option, key="")
        return problem


def _key(override: str) -> str:
    return override.partition("=")[0].strip()


_config_option = click.option(
    "--config",
    "-c",
    "config_source",
    metavar="FILE|PROFILE",
    help="A TOML file or a shipped profile; else ./irene.toml, the one in "
    "~/.config/irene, or the profile 'default'.",
)
_config_argument = click.argument("config_path", metavar="[FILE|PROFILE]", required=False)
_set_option = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Set any key, as in asr.default_provider=vosk; may be repeated.",
)


def takes_config(command: F) -> Callable[..., Any]:
    """Add `--config` and `--set`; the command gets `chosen`, a `ChosenConfig`."""
    return _config_option(_set_option(_with_choice(command)))


def takes_config_path(command: F) -> Callable[..., Any]:
    """Add an argument and `--config` for the file or profile, and `--set`; see `takes_config`."""
    return _set_option(takes_config_file(command))


def takes_config_file(command: F) -> Callable[..., Any]:
    """Add an argument and `--config` for the file or profile, and nothing that changes keys."""

    @functools.wraps(command)
    def with_one(config_path: str | None, config_source: str | None, **options: Any) -> Any:
        if config_path is not None and config_source is not None:
            context = click.get_current_context()
            raise click.UsageError("the configuration is given twice", context)
        overrides = options.pop("overrides", ())
        chosen = ChosenConfig(config_path or config_source, overrides)
        return command(chosen=chosen, **options)

    return _config_argument(_config_option(with_one))


def _with_choice(command: F) -> Callable[..., Any]:
    @functools.wraps(command)
    def with_choice(config_source: str | None, overrides: tuple[str, ...], **options: Any) -> Any:
        return command(chosen=ChosenConfig(config_source, overrides), **options)

    return with_choice
