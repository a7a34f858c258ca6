"""What recognisers of sentence templates share: the files of sentences and their tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from irene import (
    READY,
    Availability,
    IntentRecognizer,
    SentenceSource,
    SentenceTest,
    needs_package,
)

OptionsT = TypeVar("OptionsT")


class TemplateRecognizer(IntentRecognizer[OptionsT]):
    """A recogniser whose sentences are templates in Home Assistant's format."""

    def read_folder(self, folder: str) -> list[SentenceSource]:
        """Read `LANGUAGE/*.yaml` below the folder.

        Raises:
            ConfigurationError: the folder or files in it cannot be read; `problems` holds a line
                for each mistake with file, line number and reason.
        """
        from irene_plugins.intent_recognition.reading.sentence_folder import read_folder

        return read_folder(folder)

    def read_tests(self, file: str) -> list[SentenceTest]:
        """Read a table in the form of the tests of Home Assistant's own sentences.

        Raises:
            ConfigurationError: the file cannot be read, or is no such table.
        """
        from irene_plugins.intent_recognition.reading.test_tables import read_tests

        return read_tests(file)


def needs_packages(modules: Sequence[str], extra: str) -> Availability:
    """Return READY, or what `needs_package` says of the first module that is missing."""
    answers = [needs_package(module, extra) for module in modules]
    return next((answer for answer in answers if not answer.ready), READY)
