"""Reading a folder of sentence files in Home Assistant's layout, `LANGUAGE/*.yaml`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irene import ConfigurationError, SentenceSource, why_unreadable
from irene_plugins.intent_recognition.reading.problems import ProblemList

if TYPE_CHECKING:
    import yaml

_SUFFIXES = frozenset({".yaml", ".yml"})
_MAX_DEPTH = 50
_PARTS = ("intents", "lists", "expansion_rules", "skip_words", "responses")


def read_folder(folder: str) -> list[SentenceSource]:
    """Read every sentence file of every language, ordered by path.

    Raises:
        ConfigurationError: the folder is missing or holds no sentence files, or files are
            unreadable; `problems` holds a line per file with its line number and the reason.
    """
    root = Path(os.path.expanduser(folder))  # noqa: PTH111 - never raises
    problems = ProblemList()
    sources = [
        source
        for language, path in _files(root)
        if (source := _read(path, language, problems)) is not None
    ]
    problems.raise_if_any()
    if not any(source.content.get("intents") for source in sources):
        raise ConfigurationError(f"sentences: {root}: none of its files has an intent")
    return sources


def _files(root: Path) -> list[tuple[str, Path]]:
    """Return language and path of each sentence file below the folder."""
    if not root.is_dir():
        what = "is a file" if root.is_file() else "there is no such folder"
        raise ConfigurationError(f"sentences: {root}: {what}; give a folder with LANGUAGE/*.yaml")
    try:
        found = sorted(path for path in root.rglob("*") if _is_sentence_file(path, root))
    except OSError as error:
        raise ConfigurationError(f"sentences: {root}: {error.strerror or error}") from error
    deep = [path for path in found if path.parent != root]
    if not deep:
        hint = f"move {found[0].name} to {root}/en/" if found else "put files in LANGUAGE/*.yaml"
        raise ConfigurationError(f"sentences: {root}: no language folder has YAML files; {hint}")
    return [(path.relative_to(root).parts[0], path) for path in deep]


def _is_sentence_file(path: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return path.suffix.lower() in _SUFFIXES and not hidden and path.is_file()


def _read(path: Path, language: str, problems: ProblemList) -> SentenceSource | None:
    """Read one file; a mistake becomes a line of `problems`."""
    content = read_document(path, problems).content
    if content is None or not _has_form(content, str(path), language, problems):
        return None
    return SentenceSource(str(path), language, content)


@dataclass(frozen=True)
class Document:
    """A YAML file that was read."""

    content: Any = None
    """what it holds; None after a mistake"""
    lines: Mapping[int, list[int]] = field(default_factory=dict)
    """line numbers of the entries of every list, by identity of the list"""


def read_document(path: Path, problems: ProblemList) -> Document:
    """Read one YAML file; a mistake becomes a line of `problems`."""
    try:
        return _parse(path.read_bytes().decode("utf-8-sig"), str(path), problems)
    except (OSError, UnicodeDecodeError) as error:
        problems.add(str(path), "", why_unreadable(error))
    return Document()


def _parse(text: str, origin: str, problems: ProblemList) -> Document:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if _is_deep(text, loader):
            problems.add(origin, "", f"nested deeper than {_MAX_DEPTH} levels")
            return Document()
        root = yaml.compose(text, Loader=loader)
        if root is None:
            problems.add(origin, "", "the file is empty; it needs `language` and `intents`")
            return Document()
        for node, key in _repeated_keys(root):
            problems.add(origin, f"line {node.start_mark.line + 1}", f"{key!r} stands here twice")
        constructor = yaml.constructor.SafeConstructor()
        content = constructor.construct_document(root)
        return Document(content, dict(_entry_lines(root, content)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}" if mark is not None else ""
        reasons = [text for text in (error.context, error.problem) if text]
        problems.add(origin, where, ", ".join(reasons) or "no YAML")
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        problems.add(origin, "", (str(error).splitlines() or ["no YAML"])[0])
    return Document()


def _entry_lines(node: yaml.Node, value: Any) -> Iterator[tuple[int, list[int]]]:
    """Yield the identity of each list in a document with the lines of its entries."""
    import yaml

    pending, seen = [(node, value)], {id(node)}
    while pending:
        node, value = pending.pop()
        below: list[tuple[yaml.Node, Any]] = []
        if isinstance(node, yaml.SequenceNode) and isinstance(value, list):
            yield id(value), [entry.start_mark.line + 1 for entry in node.value]
            below = list(zip(node.value, value, strict=False))
        elif isinstance(node, yaml.MappingNode) and isinstance(value, dict):
            pairs = [(key.value, entry) for key, entry in node.value if _is_name(key)]
            below = [(entry, value[name]) for name, entry in pairs if name in value]
        fresh = [(entry, item) for entry, item in below if id(entry) not in seen]
        seen.update(id(entry) for entry, _ in fresh)  # an alias may lead back up
        pending.extend(fresh)


def _is_name(key: yaml.Node) -> bool:
    return isinstance(key.value, str)


def _is_deep(text: str, loader: Any) -> bool:
    """Whether the document is nested more deeply than is allowed.

    Composing a document nested 100 000 levels deep overflows the C stack of libyaml's binding and
    kills the process; reading its events does not. Newer ones have a limit of their own.
    """
    import yaml

    depth = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > _MAX_DEPTH:
                return True
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in str(error):
            return True
        raise
    return False


def _repeated_keys(root: yaml.Node) -> Iterator[tuple[yaml.Node, str]]:
    """Yield keys that a mapping holds twice: YAML readers silently keep the last one."""
    pending, seen = [root], {id(root)}
    while pending:
        node = pending.pop()
        children = node.value if isinstance(node.value, list) else []
        pairs = [child for child in children if isinstance(child, tuple)]
        keys: set[str] = set()
        for key, _ in pairs:
            if isinstance(key.value, str) and key.value in keys and key.value != "<<":
                yield key, key.value
            keys.add(str(key.value))
        below = [part for pair in pairs for part in pair] or children
        fresh = [child for child in below if id(child) not in seen]
        seen.update(map(id, fresh))
        pending.extend(fresh)


def _has_form(content: Any, origin: str, language: str, problems: ProblemList) -> bool:
    """Whether the document has the outer form of a sentence file of this language."""
    if not isinstance(content, dict):
        problems.add(origin, "", "no sentence file; it needs `language` and `intents`")
        return False
    written = content.get("language")
    if written is None:
        problems.add(origin, "", f"`language` is missing; write `language: {language}`")
    elif not isinstance(written, str):
        problems.add(origin, "", f'`language` is no text; quote it: `language: "{language}"`')
    elif written.replace("_", "-").lower() != language.replace("_", "-").lower():
        problems.add(origin, "", f"`language` is {written!r} in the folder {language!r}")
    if not any(part in content for part in _PARTS):
        problems.add(origin, "", "`intents` is missing")
    return True
