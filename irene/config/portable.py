"""A configuration that may leave the machine, and can be loaded again: no secret is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irene.config.origins import KeyPath, Origin, dotted
from irene.config.rendering import render_effective
from irene.config.secrets import masked
from irene.config.sections import Config
from irene.config.variables import is_reference


def render_portable(config: Config) -> str:
    """Return a configuration as TOML that `load_config` makes the same configuration of.

    Where variables went into a value, the reference stands there and not what they held; of what
    is secret otherwise, asterisks are left.
    """
    return render_effective(config, origin=False, show=portable)


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
