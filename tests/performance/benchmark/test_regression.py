"""The regression test: a fifth slower is caught, noise and slower machines are not."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_works import CONTROL_S, measurement, noisy_times, run_of
from test_conditions import QUIET

from irene.performance.benchmark.regression import (
    Compared,
    Judgement,
    compare,
    confirmed,
    set_side_by_side,
)
from irene.performance.measuring.machine import Machine

RECORDED = json.loads(Path(__file__).with_name("recorded_rounds.json").read_text())
"""real runs of real parts, each in a process of its own, on a machine that was shared"""
SLOWER, SAME = Judgement.SLOWER, Judgement.SAME


def simulated(seed, factor=1.0, machine=1.0):
    """Return a run as machines give them: each run is a little different from every other one.

    A run has a speed of its own (2 %), wanders meanwhile (an autoregressive process), and is held
    up now and then; the yardstick shares what the machine does, and not all of the rest.
    """
    source = np.random.default_rng(seed)
    own = 1.0 + 0.02 * source.standard_normal()
    wander = np.zeros(30)
    for at in range(1, 30):
        wander[at] = 0.8 * wander[at - 1] + 0.01 * source.standard_normal()
    late = 1.0 + source.exponential(0.02, 30) + 0.5 * (source.random(30) < 0.05)
    calls = 0.5 * factor * machine * own * (1.0 + wander) * late
    controls = CONTROL_S * machine * (1.0 + wander) * (1.0 + source.exponential(0.01, 30))
    return measurement(list(calls), list(controls))


def judgements(pairs, **options):
    return [set_side_by_side([a], b, **options).judgement for a, b in pairs]


def test_noise_is_no_regression():
    """Sixty pairs of runs of the same thing: at most one of them seems slower."""
    pairs = [(simulated(2 * n), simulated(2 * n + 1)) for n in range(60)]
    assert judgements(pairs).count(SLOWER) <= 1


def test_a_fifth_slower_is_caught():
    """In 19 of 20 pairs at least, also when twenty parts are compared at the same time."""
    pairs = [(simulated(2 * n), simulated(2 * n + 1, factor=1.2)) for n in range(40)]
    assert judgements(pairs).count(SLOWER) >= 38
    assert judgements(pairs[:10], n_compared=20).count(SLOWER) >= 9


def test_a_fifth_faster_is_told():
    """The same rule, the other way round."""
    pairs = [(simulated(2 * n, factor=1.25), simulated(2 * n + 1)) for n in range(10)]
    assert judgements(pairs).count(Judgement.FASTER) >= 9


@pytest.mark.parametrize("machine", [1.3, 0.8], ids=["slower", "faster"])
def test_another_speed_of_the_machine_is_no_change(machine):
    """The yardstick has changed with it, and that is told."""
    pairs = [(simulated(2 * n), simulated(2 * n + 1, machine=machine)) for n in range(10)]
    found = [set_side_by_side([a], b) for a, b in pairs]
    assert all(one.judgement is SAME for one in found)
    word = "slower" if machine > 1 else "faster"
    assert sum(f"% {word}" in one.why for one in found) >= 9


def test_a_slower_machine_does_not_hide_what_became_slower_too():
    """A fifth slower on a machine that is a third slower is a fifth slower."""
    pairs = [(simulated(2 * n), simulated(2 * n + 1, 1.2, 1.3)) for n in range(10)]
    assert judgements(pairs).count(SLOWER) >= 9


@settings(max_examples=15, deadline=None)
@given(
    factor=st.floats(0.97, 1.04),
    scatter=st.floats(0.0, 0.1),
    seed=st.integers(0, 2**16),
)
def test_what_does_not_matter_is_never_told(factor, scatter, seed):
    """A change below a twentieth is no news, however sure it is."""
    before = measurement(noisy_times(0.5, seed, scatter=scatter))
    after = measurement([factor * one for one in noisy_times(0.5, seed, scatter=scatter)])
    assert set_side_by_side([before], after).judgement is SAME


@settings(max_examples=15, deadline=None)
@given(unit=st.floats(1e-6, 1e3), seed=st.integers(0, 2**16), factor=st.floats(0.5, 2.0))
def test_the_unit_of_time_does_not_matter(unit, seed, factor):
    """Neither ratio nor judgement changes when everything takes a thousand times as long."""
    before, after = noisy_times(1.0, seed), noisy_times(factor, seed + 1)
    usual = set_side_by_side([measurement(before)], measurement(after))
    other = set_side_by_side(
        [measurement([unit * one for one in before], CONTROL_S * unit)],
        measurement([unit * one for one in after], CONTROL_S * unit),
    )
    assert other.judgement is usual.judgement
    assert other.ratio == pytest.approx(usual.ratio)


def test_runs_that_differ_from_each_other_make_an_interval_wide():
    """Each run is steady, and every one is different: one more is no surprise."""
    runs = [measurement([base] * 20) for base in (0.50, 0.60, 0.70, 0.55)]
    one = measurement([0.68] * 20)
    assert set_side_by_side(runs[:1], one).judgement is SLOWER
    assert set_side_by_side(runs, one).judgement is SAME


def steady(middle_s=0.5, **more):
    return measurement(noisy_times(middle_s, 3), **more)


def test_each_part_of_a_run_is_compared():
    """By component and provider; what is new is not judged."""
    before = run_of(steady(), steady(component="tts", provider="espeak"))
    after = run_of(steady(0.7), steady(component="tts", provider="piper"))
    asr, tts = compare([before], after)
    assert (asr.name, asr.judgement) == ("asr sphinx", SLOWER)
    assert asr.is_slower
    assert asr.ratio == pytest.approx(1.4)
    assert asr.interval.low < 1.4 < asr.interval.high or asr.interval.low == asr.interval.high
    assert (tts.judgement, tts.why) == (Judgement.UNJUDGED, "it was not measured before")


OTHER = replace(QUIET, machine=Machine("another", 4, 8.0, "Linux 6 x86_64", "CPython 3.11.7", 0.0))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"conditions": OTHER}, "another machine, system or Python"),
        ({"recordings": "two"}, "other recordings"),
        ({"settings": {"asr.default_provider": "b"}}, "other settings: asr.default_provider"),
    ],
)
def test_what_cannot_be_compared_is_not_judged_and_the_reason_is_named(changed, why):
    """With the key that differs; side by side it can be looked at all the same."""
    before, after = run_of(steady()), run_of(steady(0.7), **changed)
    (strict,) = compare([before], after)
    assert (strict.judgement, strict.why) == (Judgement.UNJUDGED, why)
    (loose,) = compare([before], after, strictly=False)
    assert loose.judgement is SLOWER
    assert why in loose.why


def test_settings_of_other_components_do_not_matter():
    """A recogniser is as fast as before when the voice is another one; the pipeline may not be."""
    before = run_of(steady(), steady(component="pipeline", provider=""), settings={"tts.rate": "1"})
    after = run_of(steady(), steady(component="pipeline", provider=""), settings={"tts.rate": "2"})
    asr, pipeline = compare([before], after)
    assert asr.judgement is SAME
    assert (pipeline.judgement, pipeline.why) == (
        Judgement.UNJUDGED,
        "other settings: tts.rate",
    )


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (run_of(steady()), run_of(steady(0.7, doubts=("only 3 rounds",))), "only 3 rounds"),
        (run_of(steady()), run_of(steady(0.7), conditions=replace(QUIET, stolen=0.5)), "virtual"),
        (run_of(steady(doubts=("x",))), run_of(steady(0.7)), "what it is compared with"),
    ],
    ids=["this part", "this run", "the other"],
)
def test_what_cannot_be_trusted_is_not_judged(before, after, why):
    """Neither as slower nor as well."""
    (found,) = compare([before], after)
    assert found.judgement is Judgement.UNJUDGED
    assert why in found.why


def test_times_of_two_clocks_are_not_compared():
    """Time that passed is no processor time."""
    before, after = run_of(steady()), run_of(steady(clock="cpu"))
    (found,) = compare([before], after)
    assert (found.judgement, found.ratio) == (Judgement.UNJUDGED, None)
    assert found.why == "its time was taken by another clock"


def test_only_what_is_slower_twice_is_slower():
    """A disturbance that comes once is told, and is no regression."""
    first = [Compared("asr a", SLOWER), Compared("vad b", SLOWER), Compared("tts c", SAME)]
    again = [Compared("asr a", SLOWER), Compared("vad b", SAME)]
    asr, vad, tts = confirmed(first, again)
    assert asr.is_slower
    assert vad.judgement is SAME
    assert "no more when it was measured again" in vad.why
    assert tts is first[2]


def test_what_cannot_be_told_the_second_time_is_not_judged():
    """The machine has become busy meanwhile."""
    (found,) = confirmed(
        [Compared("asr a", SLOWER)], [Compared("asr a", Judgement.UNJUDGED, "load 7")]
    )
    assert found.judgement is Judgement.UNJUDGED
    assert "measured again, load 7" in found.why


def recorded(part, number, factor=1.0):
    """Return a real measurement; with a factor, of a part that is so much slower."""
    rounds = RECORDED["parts"][part][number]
    calls = [factor * call / 1e8 for call, _ in rounds]
    return measurement(calls, [control / 1e8 for _, control in rounds])


def triples(n=8):
    """Yield parts, and numbers of three runs each: before, after, and measured again."""
    for part, runs in RECORDED["parts"].items():
        for at in range(n):
            yield part, (at, (at + 5) % len(runs), (at + 9) % len(runs))


def shown(before, after, again):
    """Return what the gate says of three measurements, whether or not they can be trusted."""
    first, second = (set_side_by_side([before], one) for one in (after, again))
    return confirmed([first], [second])[0]


def test_recorded_noise_hardly_ever_passes_for_a_regression():
    """Eight programs shared two cores: what is measured again in a new process is told apart."""
    found = [shown(*(recorded(part, at) for at in three)) for part, three in triples()]
    assert sum(one.is_slower for one in found) <= 0.05 * len(found)


def test_a_fifth_slower_is_found_in_recorded_noise_more_often_than_not():
    """Even there; nobody would be told, as none of these runs can be trusted."""
    found = [
        set_side_by_side([recorded(part, three[0])], recorded(part, three[1], 1.2))
        for part, three in triples()
    ]
    assert sum(one.is_slower for one in found) >= 0.5 * len(found)


@pytest.mark.parametrize("factor", [1.0, 1.2])
def test_no_recorded_run_of_the_shared_machine_is_judged(factor):
    """Neither as slower nor as well: other programs took most of the processors."""
    for others, (part, three) in zip(RECORDED["others"], triples(), strict=False):
        busy = replace(QUIET, others=others)
        before = run_of(recorded(part, three[0]), conditions=busy)
        after = run_of(recorded(part, three[1], factor), conditions=busy)
        (found,) = compare([before], after)
        assert found.judgement is Judgement.UNJUDGED
        assert "other programs took" in found.why
