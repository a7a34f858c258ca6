"""Recordings that a command line names: files, and what is piped in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from irene.config.sections import Config
from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry
from irene.providers.input import Input

STDIN = "-"
"""name of the recording that is piped in"""


def recording(file: str, config: Config, registry: ComponentRegistry) -> Input[Any]:
    """Return the `file` or `stdin` input with the options of its table; nothing is opened yet."""
    name = "stdin" if file == STDIN else "file"
    tables = config.inputs.providers
    options = tables[name].options if name in tables else None
    if options is None:
        options = registry.find(Kind.INPUT, name).cls.Options()
    if file != STDIN:
        options = replace(cast("Any", options), path=file)
    return cast("Input[Any]", registry.create(Kind.INPUT, name, options))
