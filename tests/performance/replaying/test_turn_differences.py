"""What has come to be different, turn by turn."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.domain.events import (
    EVENTS,
    IntentNotRecognized,
    IntentRecognized,
    ResponseGiven,
    SessionEnded,
    SpeechEnded,
    Transcript,
    TranscriptPartial,
    WakeWordDetected,
)
from irene.performance.replaying.differences import changes, paired
from irene.performance.replaying.turns import COMPARED, Turn, n_compared, turns_of

TURN = Turn(
    number=1,
    start_s=2.0,
    wake_word="hello",
    wake_s=2.0,
    speech=(2.5, 3.5),
    text="what time is it",
    provider="vosk",
    intent="Time",
    slots={"zone": "here"},
    answers=("noon",),
    reason="answered",
)


def session(number=1, at_s=10.0, text="what time is it", **more):
    """Return the events of a session that begins at an audio time."""
    common = {"session": number}
    return [
        WakeWordDetected(time_s=at_s, wake_word="hello", score=1, provider="x", **common),
        SpeechEnded(time_s=at_s + 2, start_s=at_s + 0.5, end_s=at_s + 1.5, **common),
        TranscriptPartial(time_s=at_s + 2, text="what", **common),
        Transcript(
            time_s=at_s + 2,
            text=text,
            provider="vosk",
            start_s=at_s + 0.5,
            end_s=at_s + 1.5,
            latency_ms=70,
            **common,
        ),
        IntentRecognized(time_s=at_s + 2, intent="Time", text=text, **common),
        ResponseGiven(time_s=at_s + 2, text="noon", **common),
        SessionEnded(
            time_s=at_s + 3,
            reason="answered",
            spans={"children": [{"name": "response", "duration_ms": 450.0}]},
            **common,
        ),
    ]


def test_a_turn_is_everything_about_one_session():
    """Its times are counted from the beginning of the recording."""
    (turn,) = turns_of(session(at_s=10.0), start_s=8.0)
    assert dataclasses.astuple(turn) == dataclasses.astuple(
        Turn(
            number=1,
            start_s=2.0,
            wake_word="hello",
            wake_s=2.0,
            speech=(2.5, 3.5),
            text="what time is it",
            provider="vosk",
            intent="Time",
            answers=("noon",),
            reason="answered",
            latency_ms=70,
            answer_ms=450.0,
        )
    )


def test_events_that_depend_on_the_machine_are_not_compared():
    """Such as partial texts, and what becomes of providers."""
    assert n_compared(session()) == len(session()) - 1
    assert set(COMPARED) < set(EVENTS)


def test_turns_of_two_sessions_keep_their_order():
    """The second one was not understood."""
    second = [*session(2, 20.0)[:4], IntentNotRecognized(session=2, text="x")]
    turns = turns_of([*session(), *second])
    assert [turn.intent for turn in turns] == ["Time", ""]


def test_the_same_turn_has_no_changes():
    """Nor one whose times are a window of an engine apart."""
    near = dataclasses.replace(TURN, wake_s=2.08, speech=(2.53, 3.47), latency_ms=999.0)
    assert list(changes(TURN, TURN)) == []
    assert list(changes(TURN, near)) == []


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("wake_word", "goodbye", "woken by"),
        ("wake_s", 2.2, "woken by"),
        ("wake_s", None, "woken by"),
        ("speech", (2.5, 3.6), "speech"),
        ("speech", None, "speech"),
        ("text", "what time it is", "heard"),
        ("text", None, "heard"),
        ("provider", "whisper", "by"),
        ("language", "de", "language"),
        ("intent", "", "understood"),
        ("slots", {}, "understood"),
        ("answers", ("midnight",), "answered"),
        ("asks", "zone", "answered"),
        ("reason", "interrupted", "ended"),
    ],
)
def test_each_change_of_a_turn_is_named(field, value, what):
    """With what it was before and is now."""
    other = dataclasses.replace(TURN, **{field: value})
    found = list(changes(TURN, other))
    assert [change.what for change in found] == [what]
    assert found[0].before != found[0].after


def test_what_the_recording_does_not_tell_is_not_compared():
    """It ended before the turn did."""
    cut = dataclasses.replace(TURN, answers=(), reason="", intent=None, slots={})
    assert list(changes(cut, TURN)) == []
    shorter = dataclasses.replace(cut, speech=None, text=None, provider="")
    assert list(changes(shorter, TURN)) == []


def test_what_was_stopped_with_the_run_is_compared_as_far_as_it_had_come():
    """Nobody stops a repetition: it goes on to an end that the recording does not know."""
    stopped = dataclasses.replace(
        TURN, speech=None, text=None, provider="", answers=(), reason="cancelled", intent=None
    )
    assert list(changes(stopped, TURN)) == []
    heard = dataclasses.replace(stopped, speech=TURN.speech, text="what time it is")
    assert [change.what for change in changes(heard, TURN)] == ["heard", "by"]


def test_turns_belong_together_that_begin_at_about_the_same_place():
    """One that is missing does not shift those behind it."""
    before = [dataclasses.replace(TURN, start_s=start) for start in (1.0, 10.0, 20.0)]
    after = [dataclasses.replace(TURN, start_s=start) for start in (10.3, 15.0, 20.1)]
    pairs = paired(before, after)
    starts = [(p.before and p.before.start_s, p.after and p.after.start_s) for p in pairs]
    assert starts == [(1.0, None), (10.0, 10.3), (None, 15.0), (20.0, 20.1)]
    assert [pair.is_alike for pair in pairs] == [False, True, False, True]


def test_typed_turns_belong_together_by_their_order():
    """They have no place in any audio."""
    before = [dataclasses.replace(TURN, start_s=start) for start in (0.0, 50.0)]
    after = [dataclasses.replace(TURN, start_s=start) for start in (0.0, 0.1)]
    assert all(pair.is_alike for pair in paired(before, after, is_typed=True))


@given(
    before=st.lists(st.floats(0, 100), max_size=8).map(sorted),
    after=st.lists(st.floats(0, 100), max_size=8).map(sorted),
)
def test_every_turn_is_in_exactly_one_pair(before, after):
    """In order, on either side."""
    pairs = paired(
        [dataclasses.replace(TURN, start_s=start) for start in before],
        [dataclasses.replace(TURN, start_s=start) for start in after],
    )
    assert [pair.before.start_s for pair in pairs if pair.before] == before
    assert [pair.after.start_s for pair in pairs if pair.after] == after
    assert all(pair.before or pair.after for pair in pairs)
