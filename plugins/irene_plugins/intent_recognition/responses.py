"""The answers that sentence files give themselves: checked when loaded, filled in when due."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from types import CodeType
from typing import TYPE_CHECKING, Any

from irene import Intent, ProviderFailedError
from irene_plugins.intent_recognition.reading.problems import ProblemList
from irene_plugins.intent_recognition.reading.templates import SAME_NAME

if TYPE_CHECKING:
    from jinja2 import nodes

MAX_CHARACTERS = 10_000
"""longest template"""

_GIVEN = ("slots", "now", "state", "query")
"""what templates may expect: `slots` and `now` are always there, the others come from a handler"""
_UNKNOWN = "is not known here"
_KNOWN = f"known: {', '.join(_GIVEN)}"
_HOME_ASSISTANT = ("states", "is_state", "state_attr", "is_state_attr", "state_translated")
"""functions of Home Assistant whose names look like one of these, and are none"""
_SHORT = re.compile(r"\{(\w+)\}")
_REFUSED = ("Include", "Import", "FromImport", "Extends", "Block")
"""what needs other templates"""


class ResponseTemplates:
    """Compiled templates of answers; rendering changes nothing, so threads may share them."""

    def __init__(self) -> None:
        self._compiled: dict[str, CodeType] = {}
        self._where: dict[str, str] = {}
        self._unknown: dict[str, list[str]] = {}

    def add(
        self,
        text: str,
        place: tuple[str, str, str],
        slots: Collection[str],
        problems: ProblemList,
    ) -> None:
        """Compile one answer; a mistake becomes a line of `problems`.

        Args:
            text: the template.
            place: file, intent and response key, for messages.
            slots: slots that sentences of the intent can fill.
            problems: takes the mistakes.
        """
        origin, intent, key = place
        where = f"response {key!r} of intent {intent}"
        if _is_plain(text):
            return
        try:
            template = _parse(text)
        except _TemplateError as error:
            problems.add(origin, where, str(error))
            return
        for reason in _misspellings(template, slots):
            problems.add(origin, where, reason)
        unknown = [f"{name!r} {_UNKNOWN}; {_KNOWN}" for name in _unknown_names(template)]
        try:
            self._compiled[text] = _compile(template)
        except _TemplateError as error:
            unknown.append(f"{error} {_UNKNOWN}")
        for reason in unknown:
            self._unknown.setdefault(reason, []).append(f"{origin}: {where}")
        self._where.setdefault(text, f"{origin}: {where}")

    def warnings(self) -> tuple[str, ...]:
        """Return one line for each thing that answers use and that is not known here."""
        return tuple(
            f"sentences: {places[0]}{_more(len(places) - 1)} cannot be spoken unless a handler "
            f"answers: {reason}"
            for reason, places in self._unknown.items()
        )

    def render(self, intent: Intent, values: Mapping[str, Any]) -> str:
        """Return the answer to an intent; runs of white space are one space.

        Raises:
            ProviderFailedError: a value is not there, or the template takes too much work.
        """
        text = intent.response_template or ""
        if _is_plain(text):
            return " ".join(text.split())
        from jinja2 import Template

        from irene_plugins.intent_recognition.response_sandbox import Sandbox

        where = self._where.get(text, f"response of intent {intent.name}")
        given = {**values, "slots": {**intent.slots, **values.get("slots", {})}}
        if "now" in given and not callable(given["now"]):
            now = given["now"]
            given["now"] = lambda: now
        sandbox = Sandbox()
        try:
            compiled = self._compiled.get(text) or _compile(_parse(text))
            spoken = Template.from_code(sandbox, compiled, sandbox.globals).render(given)
        except Exception as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            known = ", ".join(given["slots"]) or "none"
            raise ProviderFailedError(f"{where}: {reason} (slots: {known})") from error
        return " ".join(spoken.split())


def _is_plain(text: str) -> bool:
    """Whether nothing is to be filled in, so that Jinja2 need not be there."""
    return "{" not in text


class _TemplateError(ValueError):
    """A template that cannot be used; the message is the reason."""


def _parse(text: str) -> nodes.Template:
    from jinja2 import TemplateSyntaxError

    from irene_plugins.intent_recognition.response_sandbox import Sandbox

    if len(text) > MAX_CHARACTERS:
        raise _TemplateError(f"longer than {MAX_CHARACTERS} characters")
    try:
        template = Sandbox().parse(text)
    except TemplateSyntaxError as error:
        line = f"line {error.lineno}: " if "\n" in text.strip() else ""
        raise _TemplateError(f"{line}{error.message}") from error
    except RecursionError as error:
        raise _TemplateError("nested too deeply") from error
    _expand_short_form(template)
    return template


def _expand_short_form(template: nodes.Template) -> None:
    """Let `{name}` in the text of a template stand for `{{ slots.name }}`."""
    from jinja2 import nodes

    for output in template.find_all(nodes.Output):
        parts: list[nodes.Expr] = []
        for part in output.nodes:
            if isinstance(part, nodes.TemplateData):
                for place, text in enumerate(_SHORT.split(part.data)):
                    slot = nodes.Getattr(nodes.Name("slots", "load"), text, "load")
                    parts.append(slot if place % 2 else nodes.TemplateData(text))
            else:
                parts.append(part)
        output.nodes = parts


def _compile(template: nodes.Template) -> CodeType:
    from jinja2 import TemplateAssertionError, nodes

    from irene_plugins.intent_recognition.response_sandbox import Sandbox, budgeted

    for kind in _REFUSED:
        if template.find(getattr(nodes, kind)) is not None:
            raise _TemplateError(f"another template ({kind.lower()})")
    try:
        return Sandbox().compile(budgeted(template))
    except TemplateAssertionError as error:
        named = re.search(r"(filter|test) named '(\w+)'", str(error))
        raise _TemplateError(" ".join(named.groups()) if named else str(error)) from error
    except (SyntaxError, RecursionError, MemoryError) as error:  # Python's compiler gives up
        raise _TemplateError("so deep a nesting") from error


def _misspellings(template: nodes.Template, slots: Collection[str]) -> list[str]:
    from jinja2 import nodes

    reasons = []
    for access in template.find_all(nodes.Getattr):
        if isinstance(access.node, nodes.Name) and access.node.name == "slots":
            reasons += _misspelling(access.attr, slots, "slot ")
    for name in _undeclared(template):
        reasons += _misspelling(name, _GIVEN, "")
    return list(dict.fromkeys(reasons))


def _misspelling(name: str, known: Collection[str], kind: str) -> list[str]:
    near = get_close_matches(name, known, n=1, cutoff=SAME_NAME)
    if not near or name in known or name in _HOME_ASSISTANT:
        return []
    return [f"unknown {kind}{name!r}; did you mean {near[0]!r}?"]


def _unknown_names(template: nodes.Template) -> list[str]:
    known = {*_GIVEN, "range", "dict", "namespace"}
    return [
        name for name in sorted(_undeclared(template) - known) if not _misspelling(name, _GIVEN, "")
    ]


def _undeclared(template: nodes.Template) -> set[str]:
    """Return the names that a template uses and sets nowhere."""
    from jinja2 import TemplateAssertionError, meta, nodes

    own = {name.name for name in template.find_all(nodes.Name) if name.ctx != "load"}
    own |= {macro.name for macro in template.find_all(nodes.Macro)}
    try:
        used = meta.find_undeclared_variables(template)
    except TemplateAssertionError:  # an unknown filter, which is told when it is compiled
        return set()
    return used - own - {"range", "dict", "namespace"}


def _more(number: int) -> str:
    return f" (and {number} more)" if number else ""
