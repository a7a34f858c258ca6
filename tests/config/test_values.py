"""Fitting values to types."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import pytest

from irene.config.values import MisfitError, describe, fit


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Point:
    x: int
    y: bool = False


@pytest.mark.parametrize(
    ("hint", "value", "wanted"),
    [
        (bool, True, True),
        (int, 3, 3),
        (float, 3, 3.0),
        (str | None, "x", "x"),
        (tuple[str, ...], ["a", "b"], ("a", "b")),
        (tuple[float, ...], [1], (1.0,)),
        (Literal["fast", "high"], "high", "high"),
        (Colour, "red", Colour.RED),
        (Mapping[str, float], {"a": 1}, {"a": 1.0}),
        (float | Mapping[str, float] | None, {"a": 0.5}, {"a": 0.5}),
        (Any, ["x", 1], ["x", 1]),
        (Point, {"x": 1, "y": True}, Point(1, True)),
        (tuple[int, str], [1, "x"], (1, "x")),
    ],
)
def test_a_fitting_value_is_converted(hint, value, wanted):
    """Each type takes what TOML has for it, and gives what the field declares."""
    found = fit(hint, value)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (bool, "yes"),
        (bool, 1),
        (int, True),
        (int, 3.0),
        (int, "3"),
        (float, "0.5"),
        (float, True),
        (float, math.inf),
        (float, math.nan),
        (float, 10**400),
        (tuple[float, ...], [math.nan]),
        (tuple[float, str], [math.inf, "x"]),
        (str, 5),
        (str, None),
        (tuple[str, ...], "text"),
        (tuple[str, ...], [1]),
        (Literal["fast"], "slow"),
        (Literal[1], True),
        (Colour, "RED"),
        (Mapping[str, float], {"a": "b"}),
        (float | None, "x"),
        (Point, {"x": "1"}),
        (Point, {"x": 1, "y": "yes"}),
        (tuple[int, str], [1]),
    ],
)
def test_nothing_is_guessed(hint, value):
    """A value of another type is refused, whatever it looks like."""
    with pytest.raises(MisfitError):
        fit(hint, value)


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (bool, "true or false"),
        (int | None, "a whole number"),
        (tuple[str, ...], "a list of texts"),
        (Literal["fast", "high"], "one of fast, high"),
        (float | Mapping[str, float] | None, "a number or a table of numbers"),
        (Mapping[str, Literal["a", "b"]], "a table of values, each one of a, b"),
    ],
)
def test_a_type_is_described_in_words(hint, words):
    """What would be right is said as a person would."""
    assert describe(hint) == words
