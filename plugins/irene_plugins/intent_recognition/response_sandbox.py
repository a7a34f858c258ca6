"""Where templates of answers run: Jinja2's sandbox, with a budget of work for each answer."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sized
from typing import Any

from jinja2 import Undefined, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

WORK = 100_000
"""steps of loops, characters and list entries that one answer may make in all"""

_LARGEST_BITS = 4096
"""size of the largest number that arithmetic may make, bits"""
_FILTERS = """
    abs attr capitalize count default d dictsort first float format int items join last length list
    lower map max min random reject rejectattr replace reverse round select selectattr sort string
    sum title trim unique upper wordcount
"""
"""filters that there are; none reads files, none waits"""
_OF_TEXT = "capitalize format lower replace string title trim upper wordcount"
"""filters that turn what they are given into text"""
_METHODS = {
    str: "capitalize casefold count endswith find index isalnum isalpha isdecimal isdigit islower "
    "isnumeric isspace istitle isupper join lower lstrip partition removeprefix removesuffix "
    "replace rfind rindex rpartition rsplit rstrip split splitlines startswith strip swapcase "
    "title upper",
    int: "bit_length real imag",
    float: "is_integer real imag",
    dict: "get items keys values",
    list: "count index",
    tuple: "count index",
}
_SAFE = {kind: frozenset(names.split()) for kind, names in _METHODS.items()}
_WIDE = re.compile(r"\d{3,}|\*|\{[^}]*\{")
"""format codes that make much out of little: widths from 100, and those that come as values"""


class OverBudgetError(SecurityError):
    """A template that makes too much of too little."""


class Absent(Undefined):
    """A value that is not there: may be tested and replaced by `default`, but not spoken."""

    __str__ = __iter__ = __len__ = Undefined._fail_with_undefined_error


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of one answer: what it makes is paid from its budget.

    Beside Jinja2's own sandbox it bounds every operation that makes much out of little, so that
    no template hangs or fills the memory.
    """

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(
            optimized=False,  # folding constants would work without a budget
            finalize=_spoken,
            undefined=Absent,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
            cache_size=0,
        )
        self._left = WORK
        self.filters = {name: self._paid(name, self.filters[name]) for name in _FILTERS.split()}
        self.filters["join"] = self._join_filter
        self.filters["sum"] = _total
        self.globals = {
            "range": self._range,
            "dict": dict,
            "namespace": self.globals["namespace"],
        }

    def pay(self, value: Any) -> Any:
        """Take the size of a value off the budget and return the value.

        Raises:
            OverBudgetError: nothing is left.
        """
        self._left -= 1 + (len(value) if isinstance(value, Sized) else 0)
        if self._left < 0:
            raise OverBudgetError("takes too much work or text")
        return value

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - as Jinja has it
        """Call what a template calls, and let it pay."""
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if isinstance(owner, str) and name == "join" and len(args) == 1:
            return __self._join(args[0], owner)
        if isinstance(owner, str) and name == "replace":
            __self._pay_replacement(owner, args)
        return __self.pay(super().call(__context, __obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Calculate, unless the result would be too large."""
        if operator == "%" and isinstance(left, (str, bytes)):
            self._check_format(left, right if isinstance(right, tuple) else (right,))
        elif operator == "*":
            _check_product(left, right)
        elif operator == "**" and not abs(right) * _bits(left) <= _LARGEST_BITS:
            raise OverBudgetError("raises a number to too large a power")
        return self.pay(super().call_binop(context, operator, left, right))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may use an attribute: of plain values, those that stay small."""
        safe = _SAFE.get(type(obj))
        return (safe is None or attr in safe) and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Return `str.format` with checked codes."""
        formatter = super().wrap_str_format(value)
        if formatter is None:
            return None

        def checked(*args: Any, **kwargs: Any) -> str:
            self._check_format(value.__self__, [*args, *kwargs.values()])
            return formatter(*args, **kwargs)

        return checked

    def _paid(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return a filter that pays for what it makes."""

        @functools.wraps(work)
        def paid(*args: Any, **kwargs: Any) -> Any:
            given = args[1:] if hasattr(work, "jinja_pass_arg") else args
            if name in _OF_TEXT.split():
                _check_speakable(given[:1])
            if name == "replace" and len(given) > 2:
                self._pay_replacement(str(given[0]), given[1:])
            if name == "format":
                self._check_format(str(given[0]), [*given[1:], *kwargs.values()])
            if name == "round":
                _check_precision([*given[1:2], *kwargs.values()])
            return self.pay(work(*args, **kwargs))

        return paid

    def _check_format(self, codes: str | bytes, values: Iterable[Any]) -> None:
        text = codes.decode("latin-1") if isinstance(codes, bytes) else str(codes)
        if _WIDE.search(text):
            raise OverBudgetError("formats with too large a width")
        for value in values:
            _check_speakable([value])
            self.pay(str(value))

    def _pay_replacement(self, text: str, args: tuple[Any, ...]) -> None:
        if len(args) > 1:
            new = str(args[1])
            self.pay(range(text.count(str(args[0])) * len(new)))

    def _range(self, *args: int) -> range:
        return range(*args)  # not paid here: each step of the loop is

    def pay_step(self, n_characters: int) -> str:
        """Pay for one step of a loop that writes so much text."""
        self.pay(range(n_characters))
        return ""

    def concatenate(self, *parts: Any) -> str:
        """Return what `a ~ b` is, paid for."""
        return self._join(parts, "")

    def _join(self, parts: Iterable[Any], between: str) -> str:
        texts = []
        for part in parts:
            _check_speakable([part])
            texts.append(self.pay(str(part)))
            self.pay(between)
        return between.join(texts)

    def _join_filter(self, value: Any, d: str = "", attribute: str | None = None) -> str:
        parts = value if attribute is None else (self.getitem(one, attribute) for one in value)
        return self._join(parts, str(d))


def budgeted(template: nodes.Template) -> nodes.Template:
    """Return a parsed template whose loops, macros and `~` pay for what they do."""
    loops: list[Any] = list(template.find_all((nodes.For, nodes.Macro, nodes.CallBlock)))
    for loop in loops:
        n_characters = sum(len(data.data) for data in loop.find_all(nodes.TemplateData))
        step = _own_call("pay_step", [nodes.Const(n_characters)])
        loop.body.insert(0, nodes.Output([step]))
    _replace_concatenations(template)
    return template


def _replace_concatenations(node: nodes.Node) -> None:
    for name, value in node.iter_fields():
        if isinstance(value, list):
            setattr(node, name, [_call_for(one) for one in value])
        else:
            setattr(node, name, _call_for(value))


def _call_for(value: Any) -> Any:
    if isinstance(value, nodes.Node):
        _replace_concatenations(value)
    if isinstance(value, nodes.Concat):
        return _own_call("concatenate", value.nodes)
    return value


def _own_call(method: str, args: list[nodes.Expr]) -> nodes.Call:
    """Return a call of the sandbox itself, which no variable of a template can hide."""
    return nodes.Call(nodes.EnvironmentAttribute(method), args, [], None, None)


@pass_context
def _spoken(context: Context, value: Any) -> Any:
    """Return what a template puts into the answer, paid for; nothing for None."""
    if value is None:
        return ""
    _check_speakable([value])
    sandbox = context.environment
    assert isinstance(sandbox, Sandbox)
    return sandbox.pay(str(value))


def _check_speakable(values: Iterable[Any]) -> None:
    for value in values:
        if isinstance(value, (Mapping, list, tuple, set, frozenset, range)):
            raise OverBudgetError(f"puts a whole {type(value).__name__} into the text; use join")


def _check_product(left: Any, right: Any) -> None:
    for text, factor in ((left, right), (right, left)):
        if isinstance(text, (str, bytes, list, tuple)) and isinstance(factor, int):
            if len(text) * factor > WORK:
                raise OverBudgetError("repeats something too often")
            return
    if _bits(left) + _bits(right) > _LARGEST_BITS:
        raise OverBudgetError("calculates with too large numbers")


def _bits(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else 64


def _check_precision(values: Iterable[Any]) -> None:
    if any(isinstance(value, int) and abs(value) > 20 for value in values):
        raise OverBudgetError("rounds to too many places")


def _total(values: Iterable[Any], attribute: str | None = None, start: float = 0) -> float:
    """Return the sum of numbers; Jinja2's own would join lists, too."""
    picked = (one if attribute is None else one[attribute] for one in values)
    return start + sum(value for value in picked if isinstance(value, (int, float)))
