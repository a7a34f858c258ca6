"""A configuration that may leave the machine, and can be loaded again: no secret is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irene.config.origins import KeyPath, Origin, dotted
from irene.config.rendering import effective_tables
from irene.config.secrets import masked
from irene.config.sections import Config
from irene.config.toml_text import format_value
from irene.config.variables import is_reference
from irene.config.version import CURRENT, KEY


def render_portable(config: Config) -> str:
    """Return a configuration as TOML that `load_config` makes the same configuration of.

    What nobody has set is a comment: it holds wherever the defaults are the same, and no provider
    is asked for that nobody wants. Where variables went into a value, the reference stands there
    and not what they held; of what is secret otherwise, asterisks are left.
    """
    lines = [f"# {config.path or config.name}", f"{KEY} = {CURRENT}"]
    for path, values in effective_tables(config):
        shown = [
            ("" if _is_set(config, (*path, name)) else "# ")
            + f"{dotted((name,))} = {format_value(portable(value, (*path, name), config.origins))}"
            for name, value in values.items()
            if value is not None
        ]
        is_empty = all(line.startswith("# ") for line in shown)
        lines += ["", f"# [{dotted(path)}]" if is_empty else f"[{dotted(path)}]", *shown]
    return "\n".join([*lines, ""])


def _is_set(config: Config, path: KeyPath) -> bool:
    """Whether somebody has set a key, or one below it."""
    key = dotted(path)
    if config.origin(key).layer != "default":
        return True
    return any(one.startswith(f"{key}.") for one in config.origins)


def portable(value: Any, path: KeyPath, origins: Mapping[str, Origin]) -> Any:
    """Return a value with the references that it was written with, and without secrets.

    Args:
        value: as TOML types it.
        path: key of the value.
        origins: where values come from, by dotted key.
    """
    written = origins.get(dotted(path), Origin()).written
    if written is not None:  # what stands beside a reference may be secret, too
        is_whole = isinstance(written, str) and is_reference(written)
        return written if is_whole else masked(written, path, origins)
    if isinstance(value, Mapping):
        return {key: portable(item, (*path, str(key)), origins) for key, item in value.items()}
    return _literal(masked(value, path, origins))


def _literal(value: Any) -> Any:
    """Return a value in whose texts nothing is taken for a reference."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, Mapping):
        return {key: _literal(item) for key, item in value.items()}
    return [_literal(item) for item in value] if isinstance(value, (list, tuple)) else value
