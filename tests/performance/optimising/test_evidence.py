"""What paired measurements prove: two tests that must agree, and never too often by chance."""

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.performance.optimising.evidence import (
    ALPHA,
    of_differences,
    of_ratios,
    rounds_needed,
)

LOGS = st.lists(st.floats(-2, 2), min_size=1, max_size=12)


def test_all_rounds_alike_prove_a_change():
    """Seven rounds in which it took a fifth less."""
    found = of_ratios([math.log(0.8)] * 7)
    assert found.is_better
    assert found.change == pytest.approx(0.8)
    assert found.p == pytest.approx(1 / 128)
    assert found.n == 7


def test_three_rounds_prove_nothing():
    """However large the difference: chance alone gives three of one sign in one of eight."""
    assert not of_ratios([math.log(0.1)] * 3).is_better


def test_nothing_proves_nothing():
    """No rounds, and rounds without a difference."""
    assert not of_ratios([]).is_better
    same = of_ratios([0.0] * 10)
    assert (same.p, same.is_better) == (1.0, False)


def test_what_is_worse_is_not_better():
    """The test has one side."""
    assert of_ratios([0.3] * 8).p == 1.0


@given(st.lists(st.integers(-8, 8), min_size=1, max_size=8))
def test_the_exact_test_is_that_of_all_signs(eighths):
    """A plain reference: every choice of signs, counted. Sums of eighths have no rounding."""
    logs = [one / 8 for one in eighths]
    sums = [
        sum(abs(one) * sign for one, sign in zip(logs, signs, strict=True))
        for signs in itertools.product((-1, 1), repeat=len(logs))
    ]
    expected = sum(one <= sum(logs) for one in sums) / len(sums)
    assert of_ratios(logs).p == expected


@given(LOGS, st.floats(-1, 1))
def test_the_interval_holds_the_mean_and_moves_with_it(logs, shift):
    """Everything a factor larger: the interval, too."""
    one, moved = of_ratios(logs), of_ratios([value + shift for value in logs])
    assert one.low <= one.change * (1 + 1e-9)
    assert one.change <= one.high * (1 + 1e-9)
    assert moved.low == pytest.approx(one.low * math.exp(shift))
    assert moved.high == pytest.approx(one.high * math.exp(shift))


@pytest.mark.parametrize("n", [4, 6, 9])
@pytest.mark.parametrize("draw", ["normal", "skewed", "heavy"])
def test_chance_proves_no_more_often_than_stated(n, draw):
    """300 comparisons of the same with itself, whatever the noise is like."""
    rng = random.Random(n)
    noises = {
        "normal": lambda: rng.gauss(0, 0.1),
        "skewed": lambda: rng.expovariate(1) - rng.expovariate(1),
        "heavy": lambda: rng.gauss(0, 1) / max(0.05, abs(rng.gauss(0, 1))),
    }
    proven = sum(of_ratios([noises[draw]() for _ in range(n)]).is_better for _ in range(300))
    # 300 draws at 2.5 %: more than 17 happen once in a thousand times
    assert proven <= 17


def test_many_rounds_are_tested_by_drawn_signs():
    """Twenty rounds have a million choices of signs; five thousand of them are looked at."""
    assert of_ratios([-0.1] * 18 + [0.1] * 2).p == pytest.approx(211 / 2**20, abs=1e-3)
    rng = random.Random(1)
    assert sum(of_ratios([rng.gauss(0, 1) for _ in range(20)]).is_better for _ in range(60)) <= 6


def test_a_drop_of_errors_in_many_recordings_is_proven():
    """Eight of twenty recordings have one error less, none has more."""
    found = of_differences([-1.0] * 8 + [0.0] * 12, [5.0] * 20)
    assert found.is_better
    assert found.change == pytest.approx(-0.08)
    assert not found.is_ratio


def test_one_recording_proves_no_accuracy():
    """A single recording that became right may be chance."""
    assert not of_differences([-4.0], [4.0]).is_better
    assert not of_differences([], []).is_better


def test_a_change_is_written_with_interval_and_number():
    """As people read it: percent for ratios, points for rates."""
    assert str(of_ratios([math.log(0.8)] * 7)).startswith("-20.0 % (95 % interval -20.0 to -20.0")
    assert "n = 7" in str(of_ratios([math.log(0.8)] * 7))
    assert " points " in str(of_differences([-1.0] * 8, [4.0] * 8))


def test_a_gain_must_be_worth_it():
    """One percent less is proven, and still not worth a line in a file."""
    small = of_ratios([math.log(0.99)] * 8)
    assert small.is_better
    assert not small.gains(0.03)
    assert of_ratios([math.log(0.9)] * 8).gains(0.03)


def test_so_many_rounds_are_needed():
    """With one to spare, all of one sign are significant."""
    for alpha in (ALPHA, ALPHA / 2, ALPHA / 4):
        n = rounds_needed(alpha)
        assert of_ratios([-0.2] * (n - 1), alpha).is_better
        assert not of_ratios([-0.2] * (n - 2), alpha).is_better or 2 ** -(n - 2) <= alpha
