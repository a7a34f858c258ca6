"""The options that say which running assistant is meant."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from irene.cli.configuration import ChosenConfig

if TYPE_CHECKING:
    from irene.servers.control.client import ControlClient

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class LiveTarget:
    """The running assistant that a command line means."""

    name: str | None = None
    """`assistant.name`"""
    config: str | None = None
    """path or name of a profile whose assistant is meant"""

    def connect(self) -> ControlClient:
        """Return a connection to it; to the only one that runs when none was named.

        Raises:
            NotRunningError: there is none.
            RequestError: several are running, and none was named.
            ConfigurationError: the configuration that names it is wrong.
        """
        from irene.servers.control.finding import connected

        return connected(self._named())

    def _named(self) -> str | None:
        if self.name is not None or self.config is None:
            return self.name
        chosen = ChosenConfig(self.config)
        return chosen.load(chosen.registry()).assistant.name


name_option: Callable[[F], F] = click.option(
    "--name",
    metavar="NAME",
    help="The assistant.name of the one that is meant, where several are running.",
)
_config_option = click.option(
    "--config",
    "-c",
    "config_source",
    metavar="FILE|PROFILE",
    help="Take the name from this configuration.",
)


def takes_target(command: F) -> Callable[..., Any]:
    """Add `--name` and `--config`; the command gets `target`, a `LiveTarget`."""

    @functools.wraps(command)
    def with_target(name: str | None, config_source: str | None, **options: Any) -> Any:
        return command(target=LiveTarget(name, config_source), **options)

    return name_option(_config_option(with_target))
