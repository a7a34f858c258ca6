"""What the bundled handlers share: sentence templates from files, answers in English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, ClassVar, TypeVar

from irene import Availability, IntentHandler, needs_package

OptionsT = TypeVar("OptionsT")


class EnglishHandler(IntentHandler[OptionsT]):
    """A handler whose templates stand in `sentences/LANGUAGE/NAME.yaml` beside this module.

    It has nothing to say in a language without such a file; another region's `en` will do.
    """

    phrases: ClassVar[tuple[str, ...]] = ()
    """English sentences that a person may say to it, the most useful first."""

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return the templates of the language, those of `en` for `en-US`; None without any."""
        import yaml

        for tag in _tags(language):
            resource = files("irene_plugins.intents") / "sentences" / tag / f"{self.name}.yaml"
            if resource.is_file():
                content: Mapping[str, Any] = yaml.safe_load(resource.read_text("utf-8"))
                return content
        return None

    def examples(self, language: str) -> Sequence[str]:
        """Return the English phrases; none for another language."""
        return self.phrases if "en" in _tags(language) else ()

    def _check(self) -> Availability:
        return needs_package("yaml", "intents")


def _tags(language: str) -> Iterator[str]:
    """Yield a language tag and the wider ones, such as `en-us` and `en`."""
    tag = language.replace("_", "-").lower()
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
