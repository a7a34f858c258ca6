"""The folder of a Vosk model: what has to be in it, and what can be read before loading it."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_ACOUSTIC = "am/final.mdl"
_SETTINGS = "conf/model.conf"
_SILENCE_PHONES = "--endpoint.silence-phones"
_SAMPLE_RATE = "--sample-frequency"
_ENDPOINT_RULES = {2: 1.0, 3: 1.5, 4: 2.0}
"""rules of Kaldi that a silence ends a sentence by, and factors of the pause"""
_KALDI_RATE = 16000
"""Hz; Kaldi's own default"""
_FST_MAGIC, _SYMBOLS_MAGIC = 2125659606, 2125658996
_HAS_SYMBOLS = 0b11
"""flags of a graph with a table of its input or output words"""
_REST_OF_HEAD = 32
"""bytes between the flags and the tables: properties, start, numbers of states and arcs"""


@dataclass(frozen=True)
class ModelFolder:
    """A model in either layout: parts in `am/`, `conf/` and `graph/`, or all at the top."""

    path: Path

    @property
    def is_flat(self) -> bool:
        """Whether it has the older layout, whose settings are inside the engine."""
        return not (self.path / _ACOUSTIC).is_file() and (self.path / "final.mdl").is_file()

    @property
    def takes_grammars(self) -> bool:
        """Whether the graph is put together at run time; the engine prefers one that is whole."""
        return not self._graph("HCLG.fst").is_file()

    def missing(self) -> str:
        """Return the first file that the engine needs and does not find; empty if none."""
        for alternatives in self._needed():
            if not any(path.is_file() for path in alternatives):
                return alternatives[0].relative_to(self.path).as_posix()
        return ""

    def fault(self) -> str:
        """Return why the model cannot be loaded; empty where only the engine could tell.

        Some faults end the whole process, so the engine must not find them first.
        """
        if missing := self.missing():
            return f"no {missing}"
        try:
            phones = "1" if self.is_flat else _setting(self.path / _SETTINGS, _SILENCE_PHONES)
            _ = self.sample_rate
        except (OSError, ValueError) as error:
            return str(error)
        if not phones or not all(phone.isdigit() for phone in phones.split(":")):
            return f"{_SETTINGS} lacks {_SILENCE_PHONES}"
        if self.words() == frozenset():
            return "no words in words.txt"
        return ""

    @property
    def sample_rate(self) -> int:
        """Rate of the audio that the model was trained on, Hz; lower rates end in an error.

        Raises:
            ValueError: the setting is no number.
            OSError: the file cannot be read.
        """
        for path in self._features():
            if path.is_file():
                written = _setting(path, _SAMPLE_RATE)
                return round(float(written)) if written else _KALDI_RATE
        return _KALDI_RATE

    def words(self) -> frozenset[str] | None:
        """Return the words that the model knows; None where there is no list to be read."""
        listed = self._graph("words.txt")
        try:
            if listed.is_file():
                lines = listed.read_text("utf-8").splitlines()
                return frozenset(line.split()[0] for line in lines if line.strip())
        except (OSError, ValueError):
            return None
        return _symbols_of(self._graph("Gr.fst")) or None

    def _needed(self) -> Iterator[tuple[Path, ...]]:
        """Yield the files that are needed, each with what may stand in for it."""
        if not self.is_flat:
            yield (self.path / _ACOUSTIC,)
            yield (self.path / _SETTINGS,)
        yield self._features()
        if not self._graph("HCLG.fst").is_file():
            for name in ("HCLr.fst", "Gr.fst", "disambig_tid.int"):
                yield (self._graph(name),)
        if not _symbols_of(self._graph("Gr.fst")):
            yield (self._graph("words.txt"),)

    def _graph(self, name: str) -> Path:
        return self.path / name if self.is_flat else self.path / "graph" / name

    def _features(self) -> tuple[Path, ...]:
        folder = self.path if self.is_flat else self.path / "conf"
        return (folder / "mfcc.conf", folder / "fbank.conf")


def with_pause(folder: ModelFolder, pause_s: float, place: Path) -> Path:
    """Make a folder of links to a model, with a pause of its own in the settings.

    The rules are Kaldi's: the likelier that the sentence is over, the shorter the silence that
    ends it; the longest is twice the shortest, as in the published models.
    """
    for part in folder.path.iterdir():
        if part.name != "conf":
            (place / part.name).symlink_to(part.absolute())
    (place / "conf").mkdir()
    for part in (folder.path / "conf").iterdir():
        (place / "conf" / part.name).symlink_to(part.absolute())
    settings = place / _SETTINGS
    written = settings.read_text("utf-8")
    settings.unlink()
    rules = [
        f"--endpoint.rule{number}.min-trailing-silence={pause_s * factor:.3f}"
        for number, factor in _ENDPOINT_RULES.items()
    ]
    settings.write_text("\n".join([written, *rules, ""]), "utf-8")
    return place


def _setting(path: Path, name: str) -> str:
    """Return the value of the last such line of a configuration file of Kaldi, or nothing."""
    value = ""
    for line in path.read_text("utf-8").splitlines():
        key, _, written = line.partition("#")[0].partition("=")
        if key.strip() == name:
            value = written.strip()
    return value


def _symbols_of(path: Path) -> frozenset[str]:
    """Return the words inside a graph of OpenFst; none where it has no table, or is damaged."""
    try:
        with path.open("rb") as file:
            return frozenset(_read_symbols(file))
    except (OSError, ValueError, struct.error):
        return frozenset()


def _read_symbols(file: BinaryIO) -> Iterator[str]:
    """Read the first table of a graph: of input words, which in an acceptor are the output's."""

    def number(form: str) -> int:
        return int(struct.unpack(f"<{form}", file.read(struct.calcsize(form)))[0])

    def text() -> str:
        return file.read(number("i")).decode("utf-8")

    if number("i") != _FST_MAGIC:
        return
    text(), text(), number("i")
    has_symbols = number("i") & _HAS_SYMBOLS
    file.seek(_REST_OF_HEAD, os.SEEK_CUR)
    if not has_symbols or number("i") != _SYMBOLS_MAGIC:
        return
    text(), number("q")
    for _ in range(number("q")):
        yield text()
        number("q")
