"""Races, confirmations and the Pareto front, on a machine whose truth is known."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import Simulation, arm, change, heard, result

from irene.performance.optimising.arms import Arm, pareto
from irene.performance.optimising.confirming import MOST_CHANGES, confirm, trials_needed
from irene.performance.optimising.goals import Goal, Limit, Metric
from irene.performance.optimising.judging import Judge, compare, error_rise
from irene.performance.optimising.racing import Race

LATENCY = Judge(Goal.LATENCY, has_references=True)


def measured(*results):
    """Return an arm with these rounds, each of as many recordings as the first."""
    one = Arm()
    for number, each in enumerate(results):
        one.take(number, tuple(range(len(each.heard))), each)
    return one


def raced(simulation, values, judge=LATENCY, **budget):
    """Race values of the key `k`; return the winner and the race."""
    rounds = simulation.rounds(**budget)
    baseline = Arm()
    rounds.measure([baseline])
    race = Race(judge, rounds, baseline)
    winner = race.run(baseline, [arm(k=value) for value in values])
    return winner, race


def test_the_best_value_wins_its_race():
    """Half the delay is found among seven others; the worse half leaves after each round."""
    simulation = Simulation({"k=3": (0.5, 1, 1, 0)}, noise=0.05)
    winner, race = raced(simulation, range(8))
    assert winner.label == "k = 3"
    assert len(race.losers) == 7
    assert simulation.n < 8 * 3, "every value three times would be no race"


@pytest.mark.parametrize(
    ("goal", "effect", "metric"),
    [
        (Goal.LATENCY, (0.5, 2, 2, 0), Metric.LATENCY),
        (Goal.CPU, (2, 0.5, 2, 0), Metric.CPU),
        (Goal.MEMORY, (2, 2, 0.5, 0), Metric.RSS),
    ],
    ids=["latency", "cpu", "memory"],
)
def test_a_goal_is_reached_at_the_cost_of_what_is_no_goal(goal, effect, metric):
    """Half of what is wanted less of; that is proven of it, and of nothing else."""
    simulation = Simulation({"k=1": effect}, noise=0.05)
    judge = Judge(goal, has_references=True)
    assert raced(simulation, (0, 1), judge)[0].label == "k = 1"
    (proof,) = confirm(arm(k=1), judge, simulation.rounds()).proofs
    assert proof.decided == (metric,)
    assert proof.evidence[metric].change == pytest.approx(0.5, rel=0.1)
    others = {Metric.LATENCY, Metric.CPU, Metric.RSS} - {metric}
    assert not any(proof.evidence[one].is_better for one in others)


def test_processor_time_is_compared_by_the_sums_of_a_round():
    """One recording may take less than a tick of the processor's clock."""
    before = measured(result(heard(cpu_s=0.0), heard(cpu_s=0.4)))
    after = measured(result(heard(cpu_s=0.1), heard(cpu_s=0.1)))
    assert compare(before, after, Metric.CPU).change == pytest.approx(0.5)
    nothing = measured(result(heard(cpu_s=0.0), heard(cpu_s=0.0)))
    assert compare(nothing, after, Metric.CPU).n == 0
    assert compare(after, nothing, Metric.CPU).n == 0


@pytest.mark.parametrize("has_references", [True, False])
def test_accuracy_is_counted_in_words_or_in_commands(has_references):
    """Eight recordings that become better are a proof, three are none; no other way round."""
    judge = Judge(Goal.ACCURACY, has_references=has_references)
    bad, good = heard(errors=2, understood=False), heard()
    before = measured(result(*[bad] * 8, good))
    after, little = measured(result(*[good] * 9)), measured(result(*[good] * 3, *[bad] * 5, good))
    assert judge.looks_better(before, after)
    assert judge.looks_better(before, little)
    assert not judge.looks_better(after, before)
    assert judge.proves(before, after, before)
    assert not judge.proves(before, little, before)
    assert not judge.proves(after, before, after)
    change = compare(before, after, judge.metric).change
    assert change == pytest.approx(-16 / 36 if has_references else -8 / 9)


def test_what_makes_errors_is_not_proven_however_fast_it_is():
    """The confirmation looks again: a race may have been lucky."""
    simulation = Simulation({"k=1": (0.3, 1, 1, 1)}, noise=0.02)
    found = confirm(arm(k=1), LATENCY, simulation.rounds())
    assert found.proposal.changes == ()
    ((change, reason),) = found.dropped
    assert str(change) == "k = 1"
    assert "not understood" in reason or "words wrong" in reason


def test_delays_are_compared_recording_by_recording():
    """A long one and a short one count the same; one without an answer in either does not count."""
    before = measured(result(heard(100.0), heard(1000.0), heard(None)))
    after = measured(result(heard(50.0), heard(2000.0), heard(700.0)))
    assert compare(before, after, Metric.LATENCY).change == pytest.approx(1.0)
    silent = measured(result(heard(None), heard(None), heard(None)))
    assert compare(silent, after, Metric.LATENCY).n == 0


def test_without_a_better_value_the_incumbent_stays():
    """Worse ones leave."""
    simulation = Simulation({f"k={n}": (1.5, 1, 1, 0) for n in range(4)})
    winner, race = raced(simulation, range(4))
    assert winner.changes == ()
    assert {reason for _, reason in race.losers} == {"others looked better", "not better"}


def test_what_fails_leaves_with_its_reason_and_never_wins():
    """The others go on."""
    simulation = Simulation({"k=0": "no such model", "k=1": (0.5, 1, 1, 0)}, noise=0.02)
    winner, race = raced(simulation, (0, 1))
    assert winner.label == "k = 1"
    assert [(one.label, reason) for one, reason in race.losers] == [("k = 0", "no such model")]


def test_a_value_with_more_errors_is_out():
    """However fast it is; unless a limit says how many there may be."""
    simulation = Simulation({"k=1": (0.1, 1, 1, 1)}, noise=0.02)
    winner, race = raced(simulation, (1,))
    assert winner.changes == ()
    assert "not understood" in race.losers[0][1]
    limits = (Limit(Metric.WER, 0.5), Limit(Metric.UNANSWERED, 1.0))
    allowed = Judge(Goal.LATENCY, limits, has_references=True)
    assert raced(Simulation(simulation.effects, 0.02), (1,), allowed)[0].label == "k = 1"


def test_drift_of_the_machine_is_no_improvement():
    """Each trial takes 3 % longer than the one before: the incumbent is measured along."""
    better = 0
    for seed in range(20):
        simulation = Simulation(noise=0.02, drift=0.03, seed=seed)
        found = confirm(arm(k=1), LATENCY, simulation.rounds())
        better += bool(found.proposal.changes)
    assert better == 0


def test_a_race_ends_with_the_budget():
    """No trial is begun that does not fit; whatever is kept in reserve stays."""
    simulation = Simulation({"k=3": (0.5, 1, 1, 0)})
    winner, _ = raced(simulation, range(8), trials=10)
    assert simulation.n <= 10
    assert winner.changes == ()
    timed = Simulation(seconds=10.0)
    rounds = timed.rounds(minutes=1.0)
    while rounds.measure([Arm(), Arm()]):
        pass
    assert timed.n == 6
    assert not timed.rounds(trials=3).measure([Arm()], reserve=3)


@given(st.integers(1, 40), st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers(0, 5))
def test_the_number_of_trials_is_never_exceeded(trials, rounds_of, reserve):
    """A round is run whole or not at all, and leaves the reserve."""
    simulation = Simulation()
    rounds = simulation.rounds(trials=trials)
    for n_arms in rounds_of:
        before = rounds.n_trials
        ran = rounds.measure([arm(k=n) for n in range(n_arms)], reserve)
        assert rounds.n_trials - before == (n_arms if ran else 0)
        assert ran == (before + n_arms + reserve <= trials)
    assert simulation.n == rounds.n_trials <= trials


def test_groups_of_recordings_are_heard_in_turn():
    """So that all of them are heard, however few rounds there are of each."""
    heard_of = []
    rounds = Simulation().rounds(blocks=((0, 1), (2,), (3, 4)))
    rounds._run = lambda one, indices: heard_of.append(indices) or result(*[heard()] * len(indices))
    one = Arm()
    for _ in range(4):
        rounds.measure([one])
    assert heard_of == [(0, 1), (2,), (3, 4), (0, 1)]
    assert sorted(one.heard()) == [0, 1, 2, 3, 4]
    assert len(one.heard()[0]) == 2


def test_a_real_improvement_is_confirmed_with_its_evidence():
    """A tenth less delay under 5 % of noise."""
    simulation = Simulation({"k=1": (0.8, 1, 1, 0)}, noise=0.05)
    found = confirm(arm(k=1), LATENCY, simulation.rounds())
    (proof,) = found.proofs
    assert proof.decided == (Metric.LATENCY,)
    assert proof.evidence[Metric.LATENCY].change == pytest.approx(0.8, abs=0.1)
    assert proof.evidence[Metric.LATENCY].high < 1.0
    assert proof.evidence[Metric.LATENCY].n == len(found.proposal.rounds)
    assert found.baseline.rounds


def test_changes_that_do_nothing_are_dropped_from_a_good_proposal():
    """Only what carries it stays, and is measured again by itself."""
    simulation = Simulation({"good=1": (0.6, 1, 1, 0)}, noise=0.02)
    found = confirm(arm(idle=1, good=1), LATENCY, simulation.rounds())
    assert [str(one) for one in found.proposal.changes] == ["good = 1"]
    assert [str(one) for one, _ in found.dropped] == ["idle = 1"]


def test_more_changes_than_can_be_proven_at_once_are_told():
    """The first ones are confirmed."""
    effects = {f"k{n}=1": (0.7, 1, 1, 0) for n in range(MOST_CHANGES + 1)}
    wanted = Arm(tuple(change(f"k{n}", 1) for n in range(MOST_CHANGES + 1)))
    simulation = Simulation(effects, noise=0.02)
    found = confirm(wanted, LATENCY, simulation.rounds())
    assert len(found.proposal.changes) == MOST_CHANGES
    assert found.dropped == [(wanted.changes[-1], "too many at once")]
    assert simulation.n == trials_needed(MOST_CHANGES, 1)


def test_too_small_a_budget_proves_nothing_and_says_so():
    """Three rounds are no proof."""
    simulation = Simulation({"k=1": (0.5, 1, 1, 0)})
    found = confirm(arm(k=1), LATENCY, simulation.rounds(trials=7))
    assert found.proposal.changes == ()
    assert not found.is_complete
    assert "room for 3 rounds" in found.dropped[0][1]


def test_a_proposal_that_looks_worse_is_given_up_early():
    """Three rounds are enough for that."""
    simulation = Simulation({"k=1": (1.5, 1, 1, 0)}, noise=0.02)
    found = confirm(arm(k=1), LATENCY, simulation.rounds())
    assert simulation.n == 6
    assert found.is_complete
    assert "not better" in found.dropped[0][1]


@pytest.mark.parametrize("n_changes", [1, 3])
def test_no_more_false_proposals_than_stated(n_changes):
    """120 proposals that change nothing, under noise: 2.5 % may pass, not more."""
    wanted = Arm(tuple(change(f"k{n}", 1) for n in range(n_changes)))
    false = 0
    for seed in range(120):
        simulation = Simulation(noise=0.15, seed=seed, n_recordings=2)
        false += bool(confirm(wanted, LATENCY, simulation.rounds()).proposal.changes)
    assert false <= 9, "more than 9 of 120 happen once in a thousand times"


def test_a_whole_search_by_luck_proposes_nothing_either():
    """What wins races by chance does not survive fresh rounds."""
    false = 0
    for seed in range(40):
        simulation = Simulation(noise=0.2, seed=seed, n_recordings=1)
        rounds = simulation.rounds()
        baseline = best = Arm()
        rounds.measure([baseline])
        for key in ("a", "b", "c", "d"):
            challengers = [best.changed(change(key, value)) for value in (1, 2, 3)]
            best = Race(LATENCY, rounds, baseline).run(best, challengers)
        false += bool(confirm(best, LATENCY, rounds).proposal.changes)
    assert false <= 5, "more than 5 of 40 at 2.5 % happen once in a thousand times"


def test_limits_come_before_the_goal():
    """Too much memory: less of it is proven better, even if answers take longer."""
    judge = Judge(Goal.LATENCY, (Limit(Metric.RSS, 150.0),), has_references=True)
    simulation = Simulation({"k=1": (1.3, 1, 0.7, 0)}, noise=0.03)
    winner, _ = raced(simulation, (1,), judge)
    assert winner.label == "k = 1"
    found = confirm(winner, judge, simulation.rounds())
    assert found.proofs[0].decided == (Metric.RSS,)


def test_nothing_that_breaks_a_limit_is_better():
    """The same delay with twice the memory."""
    judge = Judge(Goal.LATENCY, (Limit(Metric.RSS, 300.0),), has_references=True)
    simulation = Simulation({"k=1": (0.5, 1, 2.0, 0)}, noise=0.02)
    assert raced(simulation, (1,), judge)[0].changes == ()


def test_accuracy_is_judged_by_recordings():
    """Ten recordings of which each has an error less; repeats would be no evidence."""
    judge = Judge(Goal.ACCURACY, has_references=True)
    wrong = measured(result(*[heard(errors=2, understood=False)] * 10))
    right = measured(result(*[heard(errors=0)] * 10))
    assert judge.metric is Metric.WER
    assert judge.proves(wrong, right, wrong)
    assert compare(wrong, right, Metric.WER).n == 10
    few = (measured(result(heard(errors=2)), result(heard(errors=2))), measured(result(heard())))
    assert not judge.proves(*few, few[0])
    assert Judge(Goal.ACCURACY).metric is Metric.UNANSWERED


def test_errors_are_compared_on_recordings_that_both_have_heard():
    """The second recording was heard by one only."""
    one = measured(result(heard(errors=1), heard(errors=3)))
    other = measured(result(heard(errors=2)))
    assert error_rise(one, other, Metric.WER) == pytest.approx(1.0)


def test_a_false_alarm_counts_where_nobody_spoke_to_it():
    """A recording without a word for the assistant: what is heard there are errors, too."""
    quiet = measured(result(heard(errors=0, words=0)))
    loud = measured(result(heard(errors=2, words=0, understood=False)))
    assert error_rise(quiet, loud, Metric.WER) == 2.0
    assert "words wrong" in Judge(
        Goal.LATENCY, (Limit(Metric.UNANSWERED, 1.0),), has_references=True
    ).broken(loud, quiet)


def test_what_worked_before_is_tried_again_when_it_fails():
    """A machine that was too busy once is no reason to give the best up."""
    tries = []

    def run(tried, indices):
        tries.append(tried)
        return type(result())(failure="too slow") if len(tries) == 2 else result(heard())

    rounds = Simulation().rounds()
    rounds._run = run
    one = Arm()
    for _ in range(2):
        rounds.measure([one])
    assert (one.failure, len(tries), rounds.n_trials) == ("", 3, 3)


def test_values_of_an_arm():
    """Medians over recordings and rounds; errors per word."""
    one = measured(
        result(heard(400, 0.1), heard(600, 0.3, understood=False, errors=2), rss_mb=100),
        result(heard(500, 0.1), heard(None, 0.3, understood=False, errors=2), rss_mb=300),
    )
    values = one.values()
    assert values[Metric.LATENCY] == 500
    assert values[Metric.CPU] == pytest.approx(0.2)
    assert values[Metric.RSS] == 200
    assert values[Metric.WER] == pytest.approx(0.25)
    assert values[Metric.UNANSWERED] == pytest.approx(0.5)
    assert Arm().values() == {}


POINTS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.integers(0, 3)),
    min_size=1,
    max_size=12,
)


@given(POINTS)
def test_the_front_holds_whatever_nothing_beats(points):
    """A plain reference; nobody on the front is beaten, everybody off it is."""
    arms = [
        measured(result(heard(100.0 * p[0], 0.1 * p[1], True, p[3], 4), rss_mb=100.0 * p[2]))
        for p in points
    ]
    front = pareto(arms)

    def beats(one, other):
        return one != other and all(a <= b for a, b in zip(one, other, strict=True))

    expected = [not any(beats(other, point) for other in points) for point in points]
    assert [one in front for one in arms] == expected


def test_what_failed_is_never_on_the_front():
    """Nor what was not measured."""
    failed = Arm()
    failed.take(0, (0,), type(result())(failure="died"))
    assert pareto([failed, Arm()]) == []


def test_the_order_within_a_round_is_drawn():
    """Else the second of two would always be the warm one."""
    order = []
    simulation = Simulation(seed=random.Random(1).randrange(100))
    rounds = simulation.rounds()
    first, second = Arm(), arm(k=1)
    rounds._run = lambda one, indices: order.append(one) or result(heard())
    for _ in range(12):
        rounds.measure([first, second])
    assert {tuple(order[at : at + 2]) for at in range(0, 24, 2)} == {
        (first, second),
        (second, first),
    }
