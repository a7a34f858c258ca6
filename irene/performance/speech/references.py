"""What recordings really say: references from a text or a table, for word error rates."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from irene.errors import ConfigurationError
from irene.files.text import why_unreadable

_TEXT_COLUMNS = ("text", "transcript", "sentence", "transcript_or_label")
"""names that the column of what is said may have"""


def read_references(path: Path, files: Sequence[str]) -> dict[str, str]:
    """Return what each recording says, by the name that the command line has for it.

    A `.csv` has a header with `file` and one of `text`, `transcript`, `sentence`,
    `transcript_or_label`; a file is named as on the command line, relative to the table, or
    by its last part. A `.tsv` is the same with tabs. Anything else is text: a line for each
    recording in their order, or all of it for a single one.

    Raises:
        ConfigurationError: it cannot be read, or says nothing about a recording.
    """
    try:
        content = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = why_unreadable(error)
        raise ConfigurationError(f"--reference {path}: cannot be read: {reason}") from error
    if path.suffix.lower() in (".csv", ".tsv"):
        return _of_table(path, content, files)
    return _of_text(path, content, files)


def _of_text(path: Path, content: str, files: Sequence[str]) -> dict[str, str]:
    if len(files) == 1:
        return {files[0]: " ".join(content.split())}
    lines = content.removesuffix("\n").split("\n")
    if len(lines) != len(files):
        raise ConfigurationError(
            f"--reference {path}: {len(lines)} line{'s' * (len(lines) != 1)} for {len(files)} "
            "recordings; "
            "a text has one line for each, in their order"
        )
    return dict(zip(files, lines, strict=True))


def _of_table(path: Path, content: str, files: Sequence[str]) -> dict[str, str]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    rows = csv.DictReader(io.StringIO(content), delimiter=delimiter)
    heads = rows.fieldnames or ()
    column = next((name for name in _TEXT_COLUMNS if name in heads), None)
    if column is None or "file" not in heads:
        raise ConfigurationError(
            f"--reference {path}: columns `file` and `text` are needed, it has "
            f"{', '.join(heads) or 'none'}"
        )
    texts = {row["file"]: row[column] or "" for row in rows}
    return {file: _text_of(path, file, texts) for file in files}


def _text_of(path: Path, file: str, texts: Mapping[str, str]) -> str:
    """Return the text of one recording, however the table names it."""
    if file in texts:
        return texts[file]
    wanted = Path(file).resolve()
    for name, text in texts.items():
        if (path.parent / name).resolve() == wanted:
            return text
    same = {text for name, text in texts.items() if Path(name).name == wanted.name}
    if len(same) != 1:
        found = "nothing" if not same else "more than one thing"
        raise ConfigurationError(f"--reference {path}: it says {found} about {file}")
    return same.pop()
