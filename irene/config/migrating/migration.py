"""A configuration of an earlier form, and what it is in the form of today."""

from __future__ import annotations

from dataclasses import dataclass

import tomlkit
from tomlkit.exceptions import TOMLKitError

from irene.config.known_keys import KnownKeys
from irene.config.migrating.steps import STEPS, set_value
from irene.config.sources import ConfigSource
from irene.config.toml_text import TomlSyntaxError, parse_document
from irene.config.version import CURRENT, KEY, version_of, version_problem
from irene.errors import ConfigurationError
from irene.plugin.registry import ComponentRegistry

_SCHEMA = "#:schema"


@dataclass(frozen=True)
class Migration:
    """What becomes of a text."""

    after: str
    """the whole text in the form of today"""
    changes: tuple[str, ...]
    """what is different, a line each; empty when only the version is, or nothing"""


def migration(source: ConfigSource, registry: ComponentRegistry) -> Migration:
    """Return what a configuration is in the form of today; comments and order stay.

    Raises:
        ConfigurationError: it is no TOML, or of a later irene; or its form does not allow it to be
            changed by a program.
    """
    content = _content(source.text, source.label)
    problem = version_problem(content, source.label, None)
    if problem is not None and problem.level == "error":
        raise ConfigurationError(str(problem), [problem])
    version, known = version_of(content), KnownKeys(registry)
    text = source.text
    changes: list[str] = []
    try:
        for step in STEPS:
            if step.to_version > version:
                text, told = step.apply(text, known)
                changes += told
        text = _marked(text) if version < CURRENT else text
        parse_document(text, source.label)
    except (TOMLKitError, TomlSyntaxError, KeyError, ValueError, TypeError) as error:
        by_hand = "; ".join(changes) or "what `irene config check` names"
        raise ConfigurationError(
            f"{source.label}: cannot be changed by a program; by hand: {by_hand}"
        ) from error
    return Migration(text, tuple(changes))


def _content(text: str, label: str) -> dict[str, object]:
    try:
        return parse_document(text, label)
    except TomlSyntaxError as error:
        raise ConfigurationError(str(error), [error.problem]) from None


def _marked(text: str) -> str:
    """Return the text with the version of today, at the top or where it has one."""
    document = tomlkit.parse(text)
    if KEY in document:
        set_value(document, KEY, CURRENT)
        return tomlkit.dumps(document)
    end = "\r\n" if "\r\n" in text else "\n"
    line = f"{KEY} = {CURRENT}{end}"
    first, _, rest = text.partition("\n")
    if first.startswith(_SCHEMA):
        return f"{first}\n{line}{rest}"
    return f"{line}{end}{text}" if text.strip() else line
