"""What the bundled handlers share: templates, answers and examples from one file per language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, TypeVar

from irene import Availability, IntentHandler, Response, needs_package

OptionsT = TypeVar("OptionsT")

_OWN_KEYS = ("answers", "examples")
"""keys of a file that are the handler's own; all others are sentence templates"""


class BundledHandler(IntentHandler[OptionsT]):
    """A handler whose words stand in `sentences/LANGUAGE/NAME.yaml` beside this module.

    Beside the templates, which have Home Assistant's form, a file holds `examples` (sentences that
    a person may say, the most useful first) and `answers` (texts with `{values}` by key). Without a
    file for the language it understands nothing, and answers in English.
    """

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return the templates of the language, those of `en` for `en-US`; None without any."""
        content = _content(self.name, language)
        if content is None:
            return None
        return {key: value for key, value in content.items() if key not in _OWN_KEYS}

    def examples(self, language: str) -> Sequence[str]:
        """Return the example sentences of the language; none where it has no file."""
        return tuple((_content(self.name, language) or {}).get("examples", ()))

    def say(self, key: str, language: str, /, **values: object) -> Response:
        """Return the answer of that key in the language, or in English, with its values."""
        for tag in (language, "en"):
            texts = (_content(self.name, tag) or {}).get("answers", {})
            if key in texts:
                return Response(texts[key].format(**values), tag)
        raise KeyError(f"{self.name}: no answer {key!r}")

    def _check(self) -> Availability:
        return needs_package("yaml", "intents")


@cache
def _content(name: str, language: str) -> Mapping[str, Any] | None:
    import yaml

    for tag in _tags(language):
        resource = files("irene_plugins.intents") / "sentences" / tag / f"{name}.yaml"
        if resource.is_file():
            content: Mapping[str, Any] = yaml.safe_load(resource.read_text("utf-8"))
            return content
    return None


class EnglishHandler(BundledHandler[OptionsT]):
    """A handler that still holds its English phrases itself."""

    phrases: ClassVar[tuple[str, ...]] = ()
    """English sentences that a person may say to it, the most useful first."""

    def examples(self, language: str) -> Sequence[str]:
        """Return the English phrases; none for another language."""
        return self.phrases if "en" in _tags(language) else ()


def _tags(language: str) -> Iterator[str]:
    """Yield a language tag and the wider ones, such as `en-us` and `en`."""
    tag = language.replace("_", "-").lower()
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
