"""The table of targets: complete, and in agreement with the measurements."""

import pytest

from irene.errors import ConfigurationError
from irene.performance.benchmark.goal import Goal
from irene.studies.audio_core.buffers import APPEND_GOALS, LOAN_GOALS
from irene.studies.audio_core.clips import GOALS as CLIP_GOALS
from irene.studies.audio_core.listening import GOALS as CHUNK_GOALS
from irene.studies.overhead.router import CALL_GOALS
from irene.studies.overhead.store import LOOK_GOALS, NOTE_GOALS
from irene.studies.overhead.telemetry import GOALS as MEASURE_GOALS
from irene.studies.targets.catalogue import TARGETS
from irene.studies.targets.measured.comparisons import limit_of
from irene.studies.targets.measurements import MEASUREMENTS
from irene.studies.targets.selection import TargetOptions, chosen, needed
from irene.studies.targets.target import Source

BY_NAME = {one.name: one for one in TARGETS}


def names_of(options):
    return [one.name for one in chosen(options, TARGETS, MEASUREMENTS)]


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_every_target_says_what_who_and_how(target):
    """What is measured, the goal with its unit, who set it, and a measurement, or why not."""
    assert target.what
    assert target.limit.unit
    assert isinstance(target.source, Source)
    if target.inapplicable:
        assert target.measurement == ""
    else:
        assert target.measurement in {one.name for one in MEASUREMENTS}


def test_names_are_told_apart():
    """Of targets and measurements alike."""
    assert len(BY_NAME) == len(TARGETS)
    assert len({one.name for one in MEASUREMENTS}) == len(MEASUREMENTS)


def test_every_measurement_settles_a_target_and_says_how():
    """Nothing is measured for nobody."""
    used = {target.measurement for target in TARGETS}
    for one in MEASUREMENTS:
        assert one.name in used
        assert one.how
        assert one.seconds > 0


def test_every_source_has_targets():
    """irene's own, and those of the four documents."""
    assert {one.source for one in TARGETS} == set(Source)


def test_the_tuning_guides_table_is_whole():
    """Five figures for the voice trigger, five for recognition."""
    limits = {
        one.name: (one.limit.value, one.limit.is_least)
        for one in TARGETS
        if one.source is Source.TUNING
    }
    assert limits == {
        "trigger-rtf": (0.1, False),
        "trigger-latency": (100, False),
        "trigger-memory": (50, False),
        "trigger-sharing": (30, True),
        "trigger-throughput": (10, True),
        "recognition-rtf": (1, False),
        "recognition-latency": (500, False),
        "recognition-memory": (200, False),
        "recognition-sharing": (60, True),
        "recognition-throughput": (2, True),
    }


@pytest.mark.parametrize(
    ("goals", "names"),
    [
        (
            CHUNK_GOALS,
            ("chunk-cost", "chunk-against-soxr", "chunk-lean-pipecat", "chunk-usual-pipecat"),
        ),
        (CLIP_GOALS, ("clip-conversion",)),
        (APPEND_GOALS, ("ring-append", "ring-against-concatenate")),
        (LOAN_GOALS, ("pool-loan",)),
        (CALL_GOALS, ("router-call", "router-call-timer")),
        (MEASURE_GOALS, ("measure", "measure-against-clock", "measure-nested")),
        (NOTE_GOALS, ("store-note",)),
        (LOOK_GOALS, ("store-look",)),
    ],
    ids=lambda one: one[0] if isinstance(one[0], str) else "",
)
def test_the_table_and_the_command_that_measures_have_the_same_goals(goals, names):
    """A goal stands in two places: they must not differ."""
    assert [BY_NAME[name].limit for name in names] == [limit_of(goal) for goal in goals]


def test_a_goal_of_a_comparison_becomes_a_limit_as_people_read_it():
    """Microseconds, or times as long, or the other way round times as fast."""
    assert str(limit_of(Goal("a call", "ours", 5.0))) == "at most 5 µs"
    assert str(limit_of(Goal("a call", "ours", 1.1, "other"))) == "at most 1.1 times as long"
    assert str(limit_of(Goal("a call", "ours", 1 / 15, "other"))) == "at least 15 times as fast"


def test_without_a_choice_all_targets_are_wanted():
    """In the order of the table."""
    assert names_of(TargetOptions()) == list(BY_NAME)


def test_targets_are_chosen_by_name_by_pattern_and_by_measurement():
    """Several choices add up; the order stays that of the table."""
    assert names_of(TargetOptions(only=("help",))) == ["help"]
    assert names_of(TargetOptions(only=("streams-*", "chunk-cost"))) == [
        "chunk-cost",
        "streams-microwakeword",
        "streams-openwakeword",
    ]
    assert "help" in names_of(TargetOptions(only=("starting",)))


@pytest.mark.parametrize(
    ("name", "said"), [("chunk-kost", "did you mean 'chunk-cost'"), ("zzz", "--targets --list")]
)
def test_an_unknown_name_is_an_error_that_names_what_is_near(name, said):
    """Not an empty table that passes."""
    with pytest.raises(ConfigurationError, match=said):
        names_of(TargetOptions(only=("help", name)))


def test_the_quick_ones_take_a_minute():
    """By the times that their measurements state; and the slow ones are left out."""
    quick = chosen(TargetOptions(quick=True), TARGETS, MEASUREMENTS)
    assert 20 < len(quick) < len(TARGETS)
    assert sum(one.seconds for one in needed(quick, MEASUREMENTS)) < 90
    assert "streams-microwakeword" not in {one.name for one in quick}


def test_only_what_is_needed_is_measured_the_quick_before_the_slow():
    """One measurement settles several targets, once."""
    wanted = chosen(TargetOptions(only=("soak-*", "measure*")), TARGETS, MEASUREMENTS)
    assert [one.name for one in needed(wanted, MEASUREMENTS)] == ["measuring", "hours"]
