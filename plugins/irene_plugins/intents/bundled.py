"""What the bundled handlers share: templates, answers and examples from one file per language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, TypeVar

from irene import (
    Availability,
    Intent,
    IntentHandler,
    ProviderFailedError,
    Response,
    Services,
    needs_package,
)

OptionsT = TypeVar("OptionsT")

_TEMPLATE_KEYS = ("language", "intents", "lists", "expansion_rules", "skip_words", "responses")
"""keys of a file that are sentence templates; all others are the handler's own"""


class BundledHandler(IntentHandler[OptionsT]):
    """A handler whose words stand in `sentences/LANGUAGE/NAME.yaml` beside this module.

    Beside the templates, which have Home Assistant's form, a file holds `examples` (sentences that
    a person may say, the most useful first), `answers` (texts with `{values}` by key) and whatever
    else the handler has to say or know in that language. Without a file for the language it
    understands nothing, and answers in English.
    """

    repeatable: ClassVar[bool] = True
    _services: Services | None = None

    def start(self, services: Services) -> None:
        """Keep what the assistant does for its handlers."""
        self._services = services

    @property
    def is_started(self) -> bool:
        """Whether the handler works with an assistant."""
        return self._services is not None

    @property
    def services(self) -> Services:
        """What the assistant does for its handlers.

        Raises:
            ProviderFailedError: the handler was not started.
        """
        if self._services is None:
            raise ProviderFailedError(f"intent handler {self.name!r} was not started")
        return self._services

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return the templates of the language, those of `en` for `en-US`; None without any."""
        file = content(self.name, language)
        if file is None:
            return None
        return {key: file[key] for key in _TEMPLATE_KEYS if key in file}

    def examples(self, language: str) -> Sequence[str]:
        """Return the example sentences of the language; none where it has no file."""
        return tuple((content(self.name, language) or {}).get("examples", ()))

    def say(self, key: str, language: str, /, **values: object) -> Response:
        """Return the answer of that key in the language, or in English, with its values.

        Raises:
            KeyError: there is no such answer, or it wants another value.
        """
        texts = self.words("answers", language)
        if key not in texts:
            raise KeyError(f"{self.name}: no answer {key!r}")
        return Response(texts[key].format(**values), self.answers_in(language))

    def answers_in(self, language: str) -> str:
        """Return the language, or `en` where the handler has no words in it."""
        return "en" if content(self.name, language) is None else language

    def words(self, key: str, language: str) -> Mapping[str, Any]:
        """Return the handler's own table of that name, in the language or in English."""
        file = content(self.name, self.answers_in(language)) or {}
        table: Mapping[str, Any] = file.get(key, {})
        return table

    def _check(self) -> Availability:
        return needs_package("yaml", "intents")


def said(intent: Intent) -> Mapping[str, str | int | float]:
    """Return the slots that were said just now, without those kept from the sentence before."""
    return {name: value for name, value in intent.slots.items() if name not in intent.kept}


@cache
def content(name: str, language: str) -> Mapping[str, Any] | None:
    """Return what `sentences/LANGUAGE/NAME.yaml` holds, of the narrowest tag there is, or None."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for tag in _tags(language):
        resource = files("irene_plugins.intents") / "sentences" / tag / f"{name}.yaml"
        if resource.is_file():
            file: Mapping[str, Any] = yaml.load(resource.read_text("utf-8"), loader)
            return file
    return None


def _tags(language: str) -> Iterator[str]:
    """Yield a language tag and the wider ones, such as `en-us` and `en`."""
    tag = language.replace("_", "-").lower()
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
