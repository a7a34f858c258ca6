"""The page of contracts: every class that an author subclasses or is given, from its docstrings."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

import irene
from irene.cli.reference.tables import table
from irene.config.fields import descriptions_of
from irene.config.toml_text import format_value
from irene.plugin import hookspecs
from irene.plugin.hookspecs import CONTRACTS
from irene.providers.availability import Availability, Licence
from irene.providers.provider import Provider
from irene.providers.shared_engines import Borrowed, SharedEngines

_HEAD = """\
# Contracts, class by class

<!-- written by `make docs` from irene/providers -->

What an author of a provider subclasses, overrides and is given. All of it is imported from `irene`,
but for `Provider`, of which every contract is a subclass.
How the parts work together is said in [hooks and contracts](plugins.md), and
[contract suites](contract-suites.md) check what they promise. *To write* marks what a subclass has
to have; all else may be overridden or used as it is.
"""
_OVERRIDDEN = ("_check", "_load", "_warm_up", "_probe", "_close")
"""what authors override although it is not public"""
_OF_ALL = (Provider, Availability, Licence, SharedEngines, Borrowed)
_ADDRESS = re.compile(r"<function .*? at 0x[0-9a-f]+>")
"""a default that has no name, such as a function"""
_ITEM = re.compile(r"^(\w+): ", flags=re.M)


def render(page: str = "") -> str:
    """Return the page; what was on it does not matter."""
    parts = [_HEAD, "## Every provider", ""]
    for cls in _OF_ALL:
        parts += _class(cls)
    for hook, contract in CONTRACTS.items():
        text = inspect.getdoc(getattr(hookspecs, hook)) or ""
        parts += [f"## `{contract.kind}`, by the hook `{hook}`", "", text, ""]
        for cls in _classes_beside(contract):
            parts += _class(cls)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts))


def _classes_beside(contract: type[Any]) -> list[type[Any]]:
    """Return the public classes of a contract's module that plugins can import, contract first."""
    there = vars(sys.modules[contract.__module__]).values()
    own = [one for one in there if inspect.isclass(one) and one.__module__ == contract.__module__]
    public = [one for one in own if one.__name__ in irene.__all__ and one is not contract]
    return [contract, *public]


def _class(cls: type[Any]) -> Iterator[str]:
    yield from (f"### `{cls.__name__}`", "", *_prose(cls), "")
    rows = list(_fields(cls))
    if rows:
        yield from (*table(("member", "type", "default", "meaning"), rows), "")
    for name, member in vars(cls).items():
        if not name.startswith("_") or (cls is Provider and name in _OVERRIDDEN):
            yield from _member(cls, name, member)


def _fields(cls: type[Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield the fields of a dataclass, or the annotated members of a class."""
    texts = descriptions_of(cls)
    known = {} if cls is Provider else inspect.get_annotations(Provider)
    for name, hint in inspect.get_annotations(cls).items():
        if name.startswith("_") or (name in known and name != "capabilities"):
            continue
        kind, default = _plain(hint), _default(cls, name)
        if kind.endswith("Capabilities"):
            default = f"`{kind}()`"
        yield (f"`{name}`", f"`{kind}`", default, texts.get(name, ""))


def _plain(hint: object) -> str:
    """Return a type as an author reads it: members of the class or of its objects alike."""
    text = hint if isinstance(hint, str) else getattr(hint, "__name__", str(hint))
    return re.sub(r"^ClassVar\[(.*)\]$", r"\1", text)


def _default(cls: type[Any], name: str) -> str:
    fields = {one.name: one for one in dataclasses.fields(cls)} if _is_data(cls) else {}
    if name in fields and fields[name].default_factory is not dataclasses.MISSING:
        return "empty"
    value = getattr(cls, name, dataclasses.MISSING)
    if name in fields:
        value = fields[name].default
    if value is dataclasses.MISSING or inspect.ismemberdescriptor(value):
        return "to write" if not _is_data(cls) else "given"
    return "" if callable(value) else f"`{_value(value)}`"


def _is_data(cls: type[Any]) -> bool:
    return dataclasses.is_dataclass(cls)


def _value(value: object) -> str:
    return format_value(value) if isinstance(value, (str, bool)) else repr(value)


def _member(cls: type[Any], name: str, member: object) -> Iterator[str]:
    function: Any = member.fget if isinstance(member, property) else member
    function = getattr(function, "__func__", function)
    if not inspect.isfunction(function) or not inspect.getdoc(function):
        return
    signature = name if isinstance(member, property) else f"{name}{_signature(function)}"
    marks = ["property"] if isinstance(member, property) else []
    marks += ["class method"] if isinstance(member, classmethod) else []
    marks += ["to write"] if getattr(member, "__isabstractmethod__", False) else []
    yield f"#### `{cls.__name__}.{name}`"
    yield ""
    yield f"`{signature}`{''.join(f', *{mark}*' for mark in marks)}"
    yield from ("", *_prose(function), "")


def _signature(function: Any) -> str:
    signature = inspect.signature(function)
    kept = [one for name, one in signature.parameters.items() if name not in ("self", "cls")]
    shown = str(signature.replace(parameters=kept)).replace("'", "")
    return _ADDRESS.sub("...", shown)


def _prose(documented: Any) -> Iterator[str]:
    """Yield a docstring as Markdown: its lists of arguments and errors become lists."""
    text = inspect.cleandoc(documented.__doc__ or "")
    for block in text.split("\n\n"):
        title, _, rest = block.partition("\n")
        if title in ("Args:", "Raises:", "Returns:", "Yields:"):
            yield from _listed(title.rstrip(":"), inspect.cleandoc(rest))
        else:
            yield from (block, "")


def _listed(title: str, text: str) -> Iterator[str]:
    names = {"Args": "Takes", "Raises": "Raises", "Returns": "Returns", "Yields": "Yields"}
    yield from (f"{names[title]}:", "")
    for item in re.split(r"\n(?=\w+: )", text):
        yield "- " + _ITEM.sub(r"`\1`: ", re.sub(r"\s*\n\s*", " ", item), count=1)
    yield ""
