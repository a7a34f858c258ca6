"""Rules and lists that Home Assistant's sentences take for granted, in words of our own."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from irene import SentenceSource
from irene_plugins.intent_recognition.reading.problems import ProblemList
from irene_plugins.intent_recognition.reading.sentence_tables import SentenceTables, read_tables


def bundled_tables(language: str) -> SentenceTables:
    """Return the rules and lists for a language; none where there are no bundled ones.

    Custom sentences are merged into Home Assistant's own, so they may use rules and lists that
    stand in none of their files. These serve in their place where no file defines the name.
    """
    import yaml

    for tag in _tags(language):
        resource = files("irene_plugins.intent_recognition") / "rules" / f"{tag}.yaml"
        if resource.is_file():
            content = yaml.safe_load(resource.read_text("utf-8"))
            return read_tables(SentenceSource("bundled rules", language, content), ProblemList())
    return SentenceTables("bundled rules", language)


def _tags(language: str) -> Iterator[str]:
    tag = language.replace("_", "-").lower()
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
