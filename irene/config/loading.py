"""Loading the configuration that the assistant runs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from irene.config.document import disabled_in
from irene.config.layers import Source, read_layers
from irene.config.reading import read_config
from irene.config.sections import Config
from irene.config.sources import ConfigSource, find_config, profiles
from irene.errors import ConfigurationError
from irene.plugin.registry import ComponentRegistry

__all__ = ["ConfigSource", "disabled_plugins", "find_config", "load_config", "profiles"]


def load_config(
    source: Source,
    *,
    registry: ComponentRegistry,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Find, read and check a configuration.

    Later layers win: defaults, file, environment (`IRENE_SECTION__KEY`), overrides.

    Args:
        source: a path, the name of a shipped profile, a mapping of sections, or None to look for
            `./irene.toml`, then `$XDG_CONFIG_HOME/irene/irene.toml`, then the profile `default`.
        registry: providers whose options the file may hold.
        overrides: `SECTION.KEY=VALUE` with values in TOML syntax; a bare word is a text.
        environ: variables to use instead of the process's.

    Raises:
        ConfigurationError: something is wrong; the message holds every problem, a line each.
    """
    config, problems = read_config(source, registry, tuple(overrides), environ)
    errors = [problem for problem in problems if problem.level == "error"]
    if errors:
        raise ConfigurationError("\n".join(map(str, errors)), errors)
    return config


def disabled_plugins(
    source: Source,
    *,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Return `plugins.disabled` of a configuration, before any plugin is loaded.

    What is wrong with the configuration is left to `load_config`.

    Raises:
        ConfigurationError: the source cannot be found or read.
    """
    return disabled_in(read_layers(source, overrides, environ).root)
