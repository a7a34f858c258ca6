"""Loading the configuration that the assistant runs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from irene.config.document import plugin_names_in
from irene.config.layers import Source, read_layers
from irene.config.reading import read_config
from irene.config.sections import Config
from irene.config.sources import ConfigSource, find_config, profiles
from irene.errors import ConfigurationError
from irene.files.places import expand_home
from irene.plugin.environment import asked_for
from irene.plugin.host import PluginHost, installed_plugins
from irene.plugin.local import plugins_in
from irene.plugin.registry import ComponentRegistry

__all__ = ["ConfigSource", "find_config", "load_config", "profiles", "registry_for"]


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
    config, problems = read_config(source, registry, overrides, environ)
    errors = [problem for problem in problems if problem.level == "error"]
    if errors:
        raise ConfigurationError("\n".join(map(str, errors)), errors)
    return config


def registry_for(
    source: Source,
    *,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> ComponentRegistry:
    """Return the plugins that a configuration asks for: installed ones and those of its folders.

    What else is wrong with the configuration is left to `load_config`.

    Raises:
        ConfigurationError: the source cannot be found or read.
    """
    document = read_layers(source, overrides, environ)
    table = document.root.table("plugins")
    named = table.entries.get("paths") if table is not None else None
    is_of_file = named is not None and named.origin.layer == "file"
    base = (document.folder if is_of_file else None) or Path()
    folders = [base / expand_home(path) for path in plugin_names_in(document.root, "paths")]
    disabled = plugin_names_in(document.root, "disabled")
    local = asked_for(plugins_in(folders), environ)
    return ComponentRegistry(PluginHost([*installed_plugins(), *local], disabled))
