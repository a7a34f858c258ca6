"""Reading the layers of a configuration: file or mapping, environment, and `--set`."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from irene.config.document import Document, Setting, Table, put
from irene.config.key_lines import Place, key_lines, split_key
from irene.config.origins import KeyPath, Origin, dotted
from irene.config.problems import Problem
from irene.config.secrets import is_secret
from irene.config.sources import find_config
from irene.config.toml_text import TomlSyntaxError, parse_document, parse_value
from irene.config.variables import Substitution, is_reference
from irene.config.version import KEY, version_problem
from irene.domain.argument_checks import require_type
from irene.errors import ConfigurationError

Source = str | Path | Mapping[str, Any] | None
"""A path, the name of a profile, a mapping of sections, or None for the usual places."""

ENVIRONMENT_PREFIX = "IRENE_"

_SOURCES = (str, os.PathLike, Mapping, type(None))

KnownNames = Callable[[KeyPath], Iterable[str]]
"""Names that may follow a key: the environment writes them without hyphens and capitals."""


def read_layers(
    source: Source,
    overrides: Sequence[str],
    environ: Mapping[str, str] | None,
    known_names: KnownNames = lambda path: (),
) -> Document:
    """Read every layer into one document; what is wrong is in its `problems`.

    Raises:
        ConfigurationError: the source cannot be found or read, or `overrides` is one text.
        TypeError: the source is none, or `overrides` no list of texts.
    """
    if isinstance(overrides, str):  # a text is a sequence of its letters
        raise ConfigurationError(f"overrides is a text; a list is right: [{overrides!r}]")
    require_type("source", source, _SOURCES, "a path, the name of a profile, a mapping or None")
    require_type("overrides", overrides, Sequence, "a list of texts")
    for override in overrides:
        require_type("one of the overrides", override, str, "a text such as 'tts.rate=2'")
    variables = os.environ if environ is None else environ
    document = _read_source(source, variables)
    _lay_environment(document, variables, known_names)
    _lay_overrides(document, overrides)
    return document


def _read_source(source: Source, variables: Mapping[str, str]) -> Document:
    if isinstance(source, Mapping):
        document = Document("configuration", None, "configuration")
        _lay_file(document, source, {}, variables)
        return document
    found = find_config(source)
    document = Document(found.name, found.path, found.label)
    try:
        content = parse_document(found.text, found.label)
    except TomlSyntaxError as error:
        document.problems.append(error.problem)
    else:
        document.lines = key_lines(found.text)
        _lay_file(document, content, document.lines, variables)
    return document


def _lay_file(
    document: Document,
    content: Mapping[str, Any],
    lines: Mapping[Place, int],
    variables: Mapping[str, str],
) -> None:
    def origin_of(written: KeyPath) -> Origin:
        return Origin("file", document.file, lines.get(written), dotted(written))

    def make(path: KeyPath, written: KeyPath, value: Any) -> Setting:
        substitution = Substitution(variables, document.folder)
        setting = _file_setting(path, value, origin_of(written), substitution)
        for missing in substitution.missing:
            origin = setting.origin
            problem = Problem(origin.file, origin.line, origin.key, missing)
            document.problems.append(problem)
        return setting

    problem = version_problem(content, document.file, lines.get((KEY,)))
    if problem is not None:
        document.problems.append(problem)
    for key, value in content.items():
        if key == KEY:
            continue
        put(document.root, (str(key),), value, origin_of, make)


def _file_setting(path: KeyPath, value: Any, origin: Origin, substitution: Substitution) -> Setting:
    """Return a value of the file with its references to variables replaced."""
    replaced = substitution.apply(str(value) if isinstance(value, Path) else value)
    if substitution.used or substitution.is_secret:
        secret = substitution.is_secret or is_secret(path[-1])
        origin = dataclasses.replace(origin, secret=secret, written=value)
    readings = _readings(replaced) if isinstance(value, str) and is_reference(value) else ()
    return Setting(path, replaced, origin, readings, bool(substitution.missing))


def _readings(text: str) -> tuple[Any, ...]:
    """Return what else a text may mean that stands for a whole value."""
    try:
        return (parse_value(text),)
    except ValueError:
        return ()


def _lay_environment(
    document: Document, variables: Mapping[str, str], known_names: KnownNames
) -> None:
    for name in sorted(variables):
        written = name[len(ENVIRONMENT_PREFIX) :]
        if name.startswith(ENVIRONMENT_PREFIX) and "__" in written:
            path = _environment_key(written, document.root, known_names)
            _lay_text(document, path, variables[name], Origin("environment", name, None))


def misjoined(variables: Iterable[str], keys: Iterable[KeyPath]) -> Iterable[tuple[str, str]]:
    """Yield each variable that joins a key by one underscore, and the one that is read."""
    joined = {
        ENVIRONMENT_PREFIX + "_".join(path).upper(): ENVIRONMENT_PREFIX + "__".join(path).upper()
        for path in keys
    }
    yield from ((name, joined[name]) for name in sorted(variables) if name in joined)


def _environment_key(written: str, root: Table, known_names: KnownNames) -> KeyPath:
    """Return the key that `ASR__PROVIDERS__FASTER_WHISPER__MODEL` names."""
    path: KeyPath = ()
    table: Table | None = root
    for part in written.split("__"):
        present = table.entries if table is not None else ()
        candidates = (*present, *known_names(path))
        folded = part.lower()
        match = next((name for name in candidates if _fold(name) == folded), folded)
        path = (*path, match)
        table = table.table(match) if table is not None else None
    return path


def _fold(name: str) -> str:
    return name.lower().replace("-", "_")


def _lay_overrides(document: Document, overrides: Sequence[str]) -> None:
    for override in overrides:
        key, equals, text = override.partition("=")
        path = split_key(key)
        if not equals or path is None:
            problem = Problem("--set", None, "", f"found {key + equals!r}", "SECTION.KEY=VALUE")
            document.problems.append(problem)
        else:
            _lay_text(document, path, text, Origin("--set"))


def _lay_text(document: Document, path: KeyPath, text: str, origin: Origin) -> None:
    """Lay one value over the document that was written outside a file."""
    origin = Origin(origin.layer, origin.place, None, dotted(path))
    try:
        value = parse_value(text)
    except ValueError as error:
        document.problems.append(Problem(origin.file, None, origin.key, str(error)))
        return

    def origin_of(written: KeyPath) -> Origin:
        """Name the key inside of a table that was given as a whole."""
        is_inside = len(written) > len(path)
        return dataclasses.replace(origin, key=dotted(written)) if is_inside else origin

    def make(canonical: KeyPath, written: KeyPath, item: Any) -> Setting:
        readings = (text,) if item is value else ()
        return Setting(canonical, item, origin_of(written), readings)

    put(document.root, path, value, origin_of, make)
